import type { Tab } from '../tab.js'
import type { Kind } from './kind.js'

const chromiumOnly: Kind['fits'] = ({ engine }) => engine === 'chromium'

function goOn({ window }: Tab): void {
  const id = window?.process
  if (id !== undefined) process.kill(id, 'SIGCONT')
}

/** What becomes of tabs, done by the browser or to its processes. */
export const tabKinds: readonly Kind[] = [
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
    // WebDriver ends its session with the first page of WebKitGTK that crashes.
    fits: ({ engine }) => engine !== 'webkit',
    inject: async (world, random) => {
      const victim = random.pick(world.tabs)
      const { window } = victim
      const id = window?.process
      if (window?.chromium) window.chromium.crash()
      else if (id === undefined) return undefined
      else process.kill(id, 'SIGKILL')
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
      return { victim, lasts: random.between(1000, 6000), heal: () => victim.window?.chromium?.hide(false) }
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
        victim,
        at: Date.now(),
        lasts: random.between(500, 6000),
        heal: async () => {
          await victim.window?.chromium?.freeze(false)
          await victim.window?.chromium?.hide(world.settings.hidden)
        },
      }
    },
  },
  {
    name: 'tab stopped',
    inject: (world, random) => {
      const victim = random.pick(world.tabs)
      const id = victim.window?.process
      if (id === undefined) return undefined
      process.kill(id, 'SIGSTOP')
      return { victim, lasts: random.between(300, 6000), heal: () => goOn(victim) }
    },
  },
]
