// Serves the page and the built library. Everything that is there to be served is named here; nothing else is.

import { createReadStream } from 'node:fs'
import { readdir } from 'node:fs/promises'
import { extname } from 'node:path'
import { fileURLToPath } from 'node:url'

const contentTypes = {
  '.css': 'text/css; charset=utf-8',
  '.html': 'text/html; charset=utf-8',
  '.js': 'text/javascript; charset=utf-8',
  '.map': 'application/json',
  '.svg': 'image/svg+xml',
}

/** Nothing from elsewhere, nothing inline: a page with Holdfast needs no exception in a strict policy. */
const securityHeaders = {
  'content-security-policy':
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
  'x-content-type-options': 'nosniff',
  'referrer-policy': 'no-referrer',
  'cache-control': 'no-cache',
}

export async function createFiles() {
  const pageFolder = new URL('./page/', import.meta.url)
  const libraryFolder = new URL('../../dist/', import.meta.url)
  const files = new Map([['/', new URL('index.html', pageFolder)]])
  for (const name of await readdir(pageFolder)) files.set(`/${name}`, new URL(name, pageFolder))
  for (const name of ['holdfast.global.js', 'holdfast.global.js.map'])
    files.set(`/${name}`, new URL(name, libraryFolder))

  /** Answers a request for a file; returns false where there is no such file. */
  return (request, response) => {
    const file = files.get(request.url.split('?', 1)[0])
    if (!file || (request.method !== 'GET' && request.method !== 'HEAD')) return false
    const stream = createReadStream(file)
    stream.on('open', () => {
      response.writeHead(200, { ...securityHeaders, 'content-type': contentTypes[extname(fileURLToPath(file))] })
      if (request.method === 'HEAD') response.end()
      else stream.pipe(response)
    })
    stream.on('error', (error) => {
      if (response.headersSent) response.destroy()
      else
        response.writeHead(404, { 'content-type': 'text/plain' }).end(`${error.message}\nHas npm run build been run?\n`)
    })
    return true
  }
}
