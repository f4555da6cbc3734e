import type { Kind } from './kind.js'
import { killAll } from './ways.js'

/** What becomes of the connections themselves. */
export const connectionKinds: readonly Kind[] = [
  {
    name: 'connections reset',
    inject: ({ box }) => {
      box.kill('rst')
      return { lasts: 0 }
    },
  },
  {
    name: 'connections closed',
    inject: ({ box }) => {
      box.kill('fin')
      return { lasts: 0 }
    },
  },
  {
    name: 'connections refused',
    inject: async ({ box }, random) => {
      await box.down()
      return { lasts: random.between(100, 3000), heal: () => box.up() }
    },
  },
  {
    name: 'half-open',
    inject: ({ box }, random) => {
      box.hang()
      return {
        lasts: random.between(200, 6000),
        heal: async () => {
          const { faults } = box
          await box.reset()
          box.set(faults)
          // Who asks again on a connection that was forgotten is told so in the end.
          setTimeout(() => killAll(box), random.between(2000, 8000))
        },
      }
    },
  },
  {
    name: 'a long way',
    inject: ({ box }, random) => {
      box.set({ delay: random.between(50, 500) })
      return { lasts: random.between(500, 3000), heal: () => box.set({ delay: 0 }) }
    },
  },
]
