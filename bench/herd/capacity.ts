import { type ChildProcess, fork } from 'node:child_process'
import { once } from 'node:events'
import { createServer } from 'node:http'
import { type AddressInfo, connect, type Socket } from 'node:net'
import { fileURLToPath } from 'node:url'
import { createHub } from '../../src/server/index.js'

/** Connects that are under way at once. */
const UNDER_WAY = 200
/** Events that each client missed. */
const MISSED = 10

/** The server's process: tells where it listens, and on each message how much CPU time it used since the one before, in microseconds. */
export async function serveHub(): Promise<void> {
  const hub = createHub()
  const server = createServer()
  hub.attach(server, { path: '/events' })
  const cursor = await hub.position()
  for (let value = 1; value <= MISSED; value += 1) await hub.publish('price', { symbol: 'HLD', value })
  await once(server.listen(0, '127.0.0.1'), 'listening')
  const { port } = server.address() as AddressInfo
  process.send?.(`http://127.0.0.1:${port}/events?holdfast=1&cursor=${cursor}`)
  let before = process.cpuUsage()
  process.on('message', () => {
    const { user, system } = process.cpuUsage(before)
    before = process.cpuUsage()
    process.send?.(String(user + system))
  })
}

/** @returns how many WebSockets per second a hub takes on one core of this machine, each of which resumes from ten events before */
export async function measureCapacity(clients: number): Promise<number> {
  const server = fork(fileURLToPath(import.meta.url), ['--serve'])
  const sockets: Socket[] = []
  try {
    const url = new URL(await word(server))
    const open = async (count: number) => {
      let left = count
      const lane = async () => {
        while (left-- > 0) sockets.push(await resume(url))
      }
      await Promise.all(Array.from({ length: UNDER_WAY }, lane))
      server.send('used?')
      return Number(await word(server))
    }
    // The first ones warm the process up.
    await open(clients)
    return (clients * 1e6) / (await open(clients))
  } finally {
    for (const socket of sockets) socket.destroy()
    server.kill()
  }
}

async function word(server: ChildProcess): Promise<string> {
  const [said]: unknown[] = await once(server, 'message')
  return String(said)
}

/** Resolves when the newest of the events has come. */
async function resume({ port, host, pathname, search }: URL): Promise<Socket> {
  const socket = connect(Number(port), '127.0.0.1')
  const lines = [
    `GET ${pathname}${search} HTTP/1.1`,
    `Host: ${host}`,
    'Connection: Upgrade',
    'Upgrade: websocket',
    'Sec-WebSocket-Version: 13',
    'Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==',
  ]
  socket.write(`${lines.join('\r\n')}\r\n\r\n`)
  let text = ''
  await new Promise<void>((resolve, reject) => {
    socket.on('data', (bytes) => {
      text += bytes.toString('latin1')
      if (text.includes(`"value":${MISSED}`)) resolve()
    })
    socket.on('error', reject)
    socket.on('close', () => reject(new Error(`The server ended it: ${text}`)))
  })
  return socket
}
