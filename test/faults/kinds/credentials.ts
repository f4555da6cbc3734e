import type { Kind } from './kind.js'

const guarded: Kind['fits'] = (settings) => settings.guarded

/** What becomes of tokens, and of the right to ask from elsewhere. */
export const credentialKinds: readonly Kind[] = [
  {
    name: 'token expired in mid-stream',
    fits: guarded,
    weight: 2,
    inject: (world) => {
      world.cluster.changeToken()
      for (const server of world.cluster.running) server.say({ kind: 'expire' })
      return { lasts: 0 }
    },
  },
  {
    name: 'token refused on resume',
    fits: guarded,
    weight: 2,
    inject: (world, random) => {
      world.cluster.changeToken()
      world.box.kill(random.pick(['rst', 'fin'] as const))
      return { lasts: 0 }
    },
  },
  {
    name: 'CORS refused on resume',
    fits: ({ sameOrigin }) => !sameOrigin,
    inject: ({ box }, random) => {
      box.set({ cors: 'refuse' })
      box.kill('rst')
      return { lasts: random.between(500, 3000), heal: () => box.set({ cors: 'pass' }) }
    },
  },
]
