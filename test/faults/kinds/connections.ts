import type { Random } from '../../support/simulation/random.js'
import type { World } from '../world.js'
import type { Kind } from './kind.js'

const places = ['event', 'character', 'id', 'frame', 'header'] as const

/** Bytes vanish; then new connections get through, while those from before stay dead. */
const halfOpen = (name: string, direction: 'up' | 'down' | 'both'): Kind => ({
  name,
  takes: 'line',
  inject: ({ box }, random) => {
    box.hang(direction)
    return {
      lasts: random.between(200, 6000),
      heal: async () => {
        const { faults } = box
        await box.reset()
        box.set(faults)
        // Whoever asks again on a connection that was forgotten is told so in the end.
        setTimeout(() => box.kill('rst'), random.between(2000, 8000)).unref()
      },
    }
  },
})

const cut = (place: (typeof places)[number]): Kind => ({
  name: `connections cut inside ${place === 'id' ? 'an event, behind its id' : `${place === 'event' ? 'an' : 'a'} ${place}`}`,
  fits: ({ transports }) => (place !== 'frame' && place !== 'header') || transports[0] === 'websocket',
  inject: async ({ box, publisher }: World, random: Random) => {
    box.cutAt(place, random.pick(['rst', 'fin'] as const))
    // Something in which it can be cut.
    publisher.publish({ report: true })
    return { lasts: 200 }
  },
})

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
    takes: 'line',
    inject: async ({ box }, random) => {
      await box.down()
      return { lasts: random.between(100, 3000), heal: () => box.up() }
    },
  },
  halfOpen('half-open, both ways', 'both'),
  halfOpen('half-open, up', 'up'),
  halfOpen('half-open, down', 'down'),
  ...places.map(cut),
  {
    name: 'a long way',
    inject: ({ box }, random) => {
      box.set({ delay: random.between(50, 500) })
      return { lasts: random.between(500, 3000), heal: () => box.set({ delay: 0 }) }
    },
  },
  {
    name: 'one byte at a time',
    inject: ({ box }, random) => {
      box.set({ trickle: random.between(0.2, 3) })
      if (random.chance(0.5)) box.kill('rst')
      return { lasts: random.between(500, 3000), heal: () => box.set({ trickle: 0 }) }
    },
  },
  {
    name: 'a narrow line',
    inject: ({ box }, random) => {
      box.set({ bandwidth: random.between(1000, 20_000) })
      return { lasts: random.between(1000, 5000), heal: () => box.set({ bandwidth: 0 }) }
    },
  },
]
