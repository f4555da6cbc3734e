import type { Random } from '../../support/simulation/random.js'
import type { Order } from '../page/messages.js'
import type { World } from '../world.js'
import type { Injected, Kind } from './kind.js'

/** Longest time until a page that lives takes its orders, in ms. */
const TAKEN = 10_000

/** Tells one page; the fault begins when it has heard it. */
async function tell(world: World, random: Random, order: Order, lasts: number): Promise<Injected> {
  const victim = random.pick(world.tabs)
  world.order(victim, order)
  await victim.until(() => victim.orders.length === 0, TAKEN)
  return { victim, at: Date.now(), lasts }
}

/** What becomes of pages, done by themselves: the desk tells them. */
export const pageKinds: readonly Kind[] = [
  {
    name: 'page busy',
    inject: (world, random) => tell(world, random, { order: 'block', ms: random.between(300, 5000) }, 0),
  },
  {
    name: 'slow listener',
    inject: (world, random) => {
      const ms = random.between(500, 4000)
      return tell(world, random, { order: 'slow', ms, each: 50 }, ms)
    },
  },
  {
    name: 'clock jumps by an hour',
    inject: (world, random) => tell(world, random, { order: 'jump', ms: 3_600_000 }, 500),
  },
  {
    name: 'offline, then online',
    takes: 'line',
    inject: async (world, random) => {
      const { box } = world
      const all = [...world.tabs]
      await box.down()
      for (const tab of all) world.order(tab, { order: 'event', event: 'offline' })
      return {
        lasts: random.between(500, 3000),
        heal: async () => {
          await box.up()
          for (const tab of all) world.order(tab, { order: 'event', event: 'online' })
        },
      }
    },
  },
  {
    name: 'page loaded anew',
    alone: true,
    inject: async (world, random) => {
      const victim = random.pick(world.tabs)
      const before = victim.visit?.id
      world.order(victim, { order: 'reload' })
      await victim.until(() => victim.visit?.id !== before, TAKEN)
      return { detail: victim.name, lasts: 0 }
    },
  },
  {
    name: 'page left, and back',
    alone: true,
    inject: (world, random) => {
      const ms = random.between(300, 4000)
      return tell(world, random, { order: 'away', ms }, ms + 500)
    },
  },
]
