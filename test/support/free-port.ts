import { createServer } from 'node:net'

/**
 * A port for a program that cannot choose one itself. One of those that the system gives to nobody by itself (from 32,768 on, on
 * Linux): between the moment in which it is found free and the one in which the program takes it, and while a server that was
 * killed is away, it would else become somebody else's.
 */
export async function freePort(): Promise<number> {
  for (;;) {
    const port = 10_000 + Math.floor(Math.random() * 20_000)
    const server = createServer()
    const isFree = await new Promise<boolean>((resolve) => {
      server.once('error', () => resolve(false))
      server.listen(port, () => resolve(true))
    })
    if (!isFree) continue
    await new Promise((resolve) => server.close(resolve))
    return port
  }
}
