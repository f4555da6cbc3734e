// The whole demo: the page and its controls on one port, a middlebox between them and the application behind it.

import { createServer } from 'node:http'
import { startApplication } from './application.mjs'
import { createControls } from './controls.mjs'
import { createFiles } from './files.mjs'
import { createMiddlebox } from './middlebox.mjs'
import { createTokens } from './tokens.mjs'
import { createVisitors } from './visitors.mjs'

const proxied = /^\/(live|compare|state)(\?|$)/

/**
 * @param {{ port: number, host?: string }} options port 0: any that is free
 * @returns {Promise<{ url: string, close: () => Promise<void> }>}
 * @throws where the port is taken, with the code EADDRINUSE
 */
export async function startDemo({ port, host = '127.0.0.1' }) {
  const visitors = createVisitors()
  const tokens = createTokens()
  const files = await createFiles()
  const server = createServer()
  await new Promise((resolve, reject) => server.once('error', reject).listen(port, host, resolve))

  const application = await startApplication({ tokens })
  const middlebox = createMiddlebox(application)
  const controls = createControls({ middlebox, tokens, application })

  server.on('request', (request, response) => {
    const visitor = visitors.of(request)
    if (proxied.test(request.url)) return middlebox.request(request, response, visitor)
    if (controls(request, response, visitor)) return
    if (request.url === '/') visitors.welcome(request, response)
    if (!files(request, response)) response.writeHead(404, { 'content-type': 'text/plain' }).end('Nothing here.\n')
  })
  server.on('upgrade', (request, socket, head) => {
    if (proxied.test(request.url)) middlebox.upgrade(request, socket, head, visitors.of(request))
    else socket.destroy()
  })

  return {
    url: `http://${host === '0.0.0.0' ? 'localhost' : host}:${server.address().port}/`,
    async close() {
      await application.close()
      // Sockets that were upgraded are no connections of the server any more: it would wait for a hung one for ever.
      for (const visitor of visitors.all()) middlebox.cut(visitor)
      server.closeAllConnections()
      await new Promise((resolve) => server.close(resolve))
    },
  }
}
