import { setTimeout as sleep } from 'node:timers/promises'
import type { Kind } from './kind.js'

/** What becomes of server processes. */
export const serverKinds: readonly Kind[] = [
  {
    name: 'server killed',
    inject: async (world, random) => {
      await world.server?.kill()
      return { lasts: random.between(0, 1500), heal: () => world.startServer() }
    },
  },
  {
    name: 'server stopped',
    inject: ({ server }, random) => {
      server?.signal('SIGSTOP')
      return { lasts: random.between(100, 8000), heal: () => server?.signal('SIGCONT') }
    },
  },
  {
    name: 'server drained',
    inject: async (world, random) => {
      const { server } = world
      const window = random.between(200, 2000)
      server?.say({ kind: 'drain', window })
      if (server) server.running = false
      await Promise.race([server?.drained, sleep(window + 3000)])
      await server?.kill()
      return { lasts: random.between(0, 500), heal: () => world.startServer() }
    },
  },
]
