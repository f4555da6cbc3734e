import { once } from 'node:events'
import { connect } from 'node:net'
import type { Cluster } from '../cluster.js'
import type { Kind } from './kind.js'

const onRedis: Kind['fits'] = ({ store }) => store === 'redis'

/** Faults after which Redis no longer knows what it knew: whoever asks is told so. */
export const forgetting: readonly string[] = ['Redis flushed', 'Redis started again without its data']

function redisOf({ redis }: Cluster) {
  if (redis === undefined) throw new Error('This world has no Redis.')
  return redis
}

/** One command, as a person would type it. */
async function command(cluster: Cluster, text: string): Promise<void> {
  const { hostname, port } = new URL(redisOf(cluster).url)
  const socket = connect(Number(port), hostname)
  try {
    await once(socket, 'connect')
    socket.write(`${text}\r\n`)
    const [answer] = await once(socket, 'data')
    if (String(answer).startsWith('-')) throw new Error(`Redis: ${answer}`)
  } finally {
    socket.destroy()
  }
}

/** What becomes of Redis. */
export const redisKinds: readonly Kind[] = [
  {
    name: 'Redis killed, and started again with its data',
    takes: 'Redis',
    fits: onRedis,
    weight: 2,
    inject: async ({ cluster }, random) => {
      const redis = redisOf(cluster)
      await redis.kill()
      return { lasts: random.between(100, 3000), heal: () => redis.restart() }
    },
  },
  {
    name: 'Redis paused',
    takes: 'Redis',
    fits: onRedis,
    weight: 2,
    inject: ({ cluster }, random) => {
      const redis = redisOf(cluster)
      redis.pause()
      return { lasts: random.between(200, 8000), heal: () => redis.resume() }
    },
  },
  {
    name: 'Redis flushed',
    fits: onRedis,
    // Another fault may have stopped it.
    alone: true,
    inject: async ({ cluster }) => {
      await command(cluster, 'FLUSHALL')
      return { lasts: 0 }
    },
  },
  {
    name: 'Redis started again without its data',
    fits: onRedis,
    alone: true,
    inject: async ({ cluster }, random) => {
      await command(cluster, 'FLUSHALL')
      const redis = redisOf(cluster)
      await redis.kill()
      return { lasts: random.between(100, 2000), heal: () => redis.restart() }
    },
  },
  {
    name: 'stream trimmed under a page that is away',
    fits: onRedis,
    alone: true,
    inject: async ({ box, cluster }, random) => {
      await box.down()
      return {
        lasts: random.between(300, 2000),
        heal: async () => {
          await command(cluster, 'XTRIM {holdfast}:events MAXLEN 3')
          await box.up()
        },
      }
    },
  },
]
