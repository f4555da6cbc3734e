import type { Kind } from './kind.js'

const guarded: Kind['fits'] = (settings) => settings.guarded

/** What becomes of tokens. */
export const credentialKinds: readonly Kind[] = [
  {
    name: 'token expired in mid-stream',
    fits: guarded,
    inject: (world) => {
      world.changeToken()
      world.server?.say({ kind: 'expire' })
      return { lasts: 0 }
    },
  },
  {
    name: 'token refused on resume',
    fits: guarded,
    inject: (world, random) => {
      world.changeToken()
      world.box.kill(random.pick(['rst', 'fin'] as const))
      return { lasts: 0 }
    },
  },
]
