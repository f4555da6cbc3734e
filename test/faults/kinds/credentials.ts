import type { Tab } from '../tab.js'
import type { World } from '../world.js'
import type { Kind } from './kind.js'

const guarded: Kind['fits'] = (settings) => settings.guarded

/** A page whose fresh token is refused before it has served for 5 s stops for good (docs/errors.md). */
const SERVED = 6000

/** Waits until the token of every page has served for a while; false if that takes too long. */
async function tokensServed({ tabs }: World): Promise<boolean> {
  const serves = (tab: Tab) => {
    const state = tab.visit?.items.findLast((item) => item.kind === 'state')
    return state?.kind === 'state' && state.status === 'open' && state.at < Date.now() - SERVED
  }
  const all = await Promise.all(tabs.map((tab) => tab.until(() => serves(tab), 2 * SERVED)))
  return all.every(Boolean)
}

/** What becomes of tokens, and of the right to ask from elsewhere. */
export const credentialKinds: readonly Kind[] = [
  {
    name: 'token expired in mid-stream',
    fits: guarded,
    weight: 2,
    inject: async (world) => {
      if (!(await tokensServed(world))) return undefined
      world.cluster.changeToken()
      for (const server of world.cluster.running) server.say({ kind: 'expire' })
      return { at: Date.now(), lasts: 0 }
    },
  },
  {
    name: 'token refused on resume',
    fits: guarded,
    weight: 2,
    inject: async (world, random) => {
      if (!(await tokensServed(world))) return undefined
      world.cluster.changeToken()
      world.box.kill(random.pick(['rst', 'fin'] as const))
      return { at: Date.now(), lasts: 0 }
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
