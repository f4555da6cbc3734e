import { once } from 'node:events'
import { createServer } from 'node:net'

/** Below those that the system gives to outgoing connections, so that none of them takes it before it is used. */
const first = 20_000
const count = 10_000

/** A port that nobody listens on. Proxies cannot tell which one they got, and a process that is restarted needs its own again. */
export async function freePort(): Promise<number> {
  for (;;) {
    const port = first + Math.floor(Math.random() * count)
    const server = createServer()
    const free = await new Promise<boolean>((resolve) => {
      server.once('error', () => resolve(false))
      server.listen(port, () => resolve(true))
    })
    if (!free) continue
    server.close()
    await once(server, 'close')
    return port
  }
}
