import { setTimeout as sleep } from 'node:timers/promises'
import type { Random } from '../../support/simulation/random.js'
import type { World } from '../world.js'
import type { Kind } from './kind.js'

/** The memory that is gone with its process is told as a gap; with Redis nothing is lost. */
async function kill({ cluster }: World, place: number, random: Random) {
  await cluster.at(place)?.kill()
  return { lasts: random.between(0, 1500), heal: () => cluster.start(place) }
}

/** What becomes of server processes. */
export const serverKinds: readonly Kind[] = [
  {
    name: 'server killed',
    takes: 'server',
    weight: 2,
    inject: (world, random) => kill(world, random.below(world.cluster.size), random),
  },
  {
    name: 'server stopped',
    takes: 'server',
    inject: ({ cluster }, random) => {
      const server = cluster.at(random.below(cluster.size))
      server?.signal('SIGSTOP')
      return { lasts: random.between(100, 8000), heal: () => server?.signal('SIGCONT') }
    },
  },
  {
    name: 'server drained',
    takes: 'server',
    inject: async ({ cluster }, random) => {
      const place = random.below(cluster.size)
      const server = cluster.at(place)
      const window = random.between(200, 2000)
      const at = Date.now()
      if (server) server.running = false
      server?.say({ kind: 'drain', window })
      await Promise.race([server?.drained, sleep(window + 3000)])
      await server?.kill()
      return { at, lasts: random.between(0, 500), heal: () => cluster.start(place) }
    },
  },
  {
    name: 'history trimmed under a page that is away',
    takes: 'line',
    fits: ({ store }) => store === 'short',
    inject: async ({ box }, random) => {
      await box.down()
      return { lasts: random.between(4000, 7000), heal: () => box.up() }
    },
  },
]
