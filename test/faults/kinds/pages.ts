import type { Random } from '../../support/simulation/random.js'
import type { Order } from '../page/messages.js'
import type { World } from '../world.js'
import type { Kind } from './kind.js'

/** What becomes of pages, as they are told by the desk. */
const ordered = (name: string, order: (random: Random) => Order, after: (random: Random) => number): Kind => ({
  name,
  inject: (world, random) => {
    const victim = random.pick(world.tabs)
    world.order(victim, order(random))
    return { detail: victim.name, lasts: after(random) }
  },
})

const chromiumOnly: Kind['fits'] = ({ engine }) => engine === 'chromium'

/** Waits until the tab holds another page than before. */
async function anotherPage(world: World, index: number, before: string | undefined): Promise<void> {
  const tab = world.tabs[index]
  await tab?.until(() => tab.visit?.id !== before, 20_000)
}

export const pageKinds: readonly Kind[] = [
  ordered(
    'page busy',
    (random) => ({ order: 'block', ms: random.between(300, 5000) }),
    () => 0,
  ),
  ordered(
    'slow listener',
    (random) => ({ order: 'slow', ms: random.between(500, 4000), each: 50 }),
    (random) => random.between(500, 4000),
  ),
  ordered(
    'clock jumps by an hour',
    () => ({ order: 'jump', ms: 3_600_000 }),
    () => 500,
  ),
  {
    name: 'offline, then online',
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
      const index = random.below(world.tabs.length)
      const before = world.tabs[index]?.visit?.id
      const victim = world.tabs[index]
      if (victim) world.order(victim, { order: 'reload' })
      await anotherPage(world, index, before)
      return { lasts: 0 }
    },
  },
  {
    name: 'page left, and back',
    alone: true,
    inject: (world, random) => {
      const victim = random.pick(world.tabs)
      const ms = random.between(300, 4000)
      world.order(victim, { order: 'away', ms })
      return { detail: victim.name, lasts: ms + 500 }
    },
  },
  {
    name: 'tab closed',
    alone: true,
    inject: async (world, random) => {
      await world.closeTab(random.pick(world.tabs))
      return { lasts: 0, heal: () => world.openTab() }
    },
  },
  {
    name: 'tab crashed',
    alone: true,
    fits: chromiumOnly,
    inject: async (world, random) => {
      const victim = random.pick(world.tabs)
      victim.window?.chromium?.crash()
      world.forget(victim, 'crashed')
      return {
        lasts: 100,
        heal: async () => {
          await world.closeTab(victim)
          await world.openTab()
        },
      }
    },
  },
  {
    name: 'tab hidden',
    fits: chromiumOnly,
    inject: async (world, random) => {
      const victim = random.pick(world.tabs)
      await victim.window?.chromium?.hide(true)
      return { lasts: random.between(1000, 6000), heal: () => victim.window?.chromium?.hide(false) }
    },
  },
  {
    name: 'tab frozen',
    fits: chromiumOnly,
    inject: async (world, random) => {
      const victim = random.pick(world.tabs)
      await victim.window?.chromium?.hide(true)
      await victim.window?.chromium?.freeze(true)
      return {
        lasts: random.between(500, 6000),
        heal: async () => {
          await victim.window?.chromium?.freeze(false)
          await victim.window?.chromium?.hide(false)
        },
      }
    },
  },
  {
    name: 'tab stopped',
    inject: (world, random) => {
      const victim = random.pick(world.tabs)
      const id = victim.window?.process
      if (id === undefined) return { detail: 'its process is not known', lasts: 0 }
      process.kill(id, 'SIGSTOP')
      return { detail: victim.name, lasts: random.between(300, 6000), heal: () => process.kill(id, 'SIGCONT') }
    },
  },
]
