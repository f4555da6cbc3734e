// node test/soak/idle.mjs [1000 5000]: what an idle connection costs the server, for each transport, with and without its socket.
import { randomBytes } from 'node:crypto'
import { connect } from 'node:net'
import { startChild } from './child.mjs'

const counts = process.argv.length > 2 ? process.argv.slice(2).map(Number) : [1_000, 5_000]

/** @type {Record<string, () => string[]>} */
const requests = {
  'nothing but a request': () => ['GET / HTTP/1.1'],
  websocket: () => [
    `GET /live?client=${randomBytes(16).toString('hex')} HTTP/1.1`,
    'Connection: Upgrade',
    'Upgrade: websocket',
    'Sec-WebSocket-Version: 13',
    `Sec-WebSocket-Key: ${randomBytes(16).toString('base64')}`,
  ],
  sse: () => [`GET /live?client=${randomBytes(16).toString('hex')} HTTP/1.1`],
  'long-poll': () => [`GET /live?carrier=poll&wait=55000&client=${randomBytes(16).toString('hex')} HTTP/1.1`],
}

/**
 * @param {string} name
 * @param {number} count
 */
async function measure(name, count) {
  const server = startChild('./server.mjs', { rate: 1_000 })
  const { port } = await server.ask('listen')
  /** @param {number} count */
  const open = async (count) => {
    const sockets = []
    // The system accepts so many at a time.
    for (let begun = 0; begun < count; begun += 100) {
      const some = Array.from({ length: Math.min(100, count - begun) }, async () => {
        const socket = connect(port, '127.0.0.1')
        socket.write(`${(requests[name]?.() ?? []).join('\r\n')}\r\nHost: 127.0.0.1\r\n\r\n`)
        let heard = ''
        for await (const chunk of socket.iterator({ destroyOnReturn: false })) {
          heard += chunk
          if (/holdfast:ready|<\/script>/.test(heard)) break
        }
        socket.resume()
        return socket
      })
      sockets.push(...(await Promise.all(some)))
    }
    return sockets
  }
  // Code is compiled, and tables have grown, by the first ones.
  const first = await open(100)
  const before = await server.ask('sample')
  const sockets = await open(count)
  const after = await server.ask('sample')
  for (const socket of [...first, ...sockets]) socket.destroy()
  await server.close()
  const each = (/** @type {'heap' | 'rss'} */ what) => ((after[what] - before[what]) / count / 1_024).toFixed(1)
  console.log(`${name.padEnd(24)}${String(count).padStart(6)}${each('heap').padStart(12)}${each('rss').padStart(12)}`)
}

console.log('KiB for each connection   count  heap+buffers         rss')
for (const count of counts) for (const name of Object.keys(requests)) await measure(name, count)
