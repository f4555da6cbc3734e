import type { Fault } from './faults.js'
import { muteAfterReady } from './faults-of-sends.js'

/** How a client that is not known is taken in is wrong. */
export const introductionFaults: readonly Fault[] = [
  {
    name: 'a send introduces nobody',
    plant: ({ stream }) => {
      stream.introduce = () => {}
    },
    caught: ['send.introduces', 'send.introduces-unconfirmed', 'send.introduces-after-restart', 'send.knows-less'],
  },
  {
    name: 'what others may have handled is handled',
    plant: ({ stream }) => {
      const introduce = stream.introduce.bind(stream)
      stream.introduce = (key, unacknowledged) => introduce(key, unacknowledged, unacknowledged)
    },
    caught: ['send.introduces-unconfirmed', 'send.introduces-after-restart'],
  },
  {
    name: 'what others may have handled is said to have been',
    plant: ({ stream }) => {
      const introduce = stream.introduce.bind(stream)
      stream.introduce = (key, _unacknowledged, next) => introduce(key, next, next)
    },
    caught: ['send.introduces-unconfirmed', 'send.introduces-after-restart'],
  },
  {
    name: 'what is unconfirmed is not told after ready',
    plant: ({ stream, speech }) => muteAfterReady(stream, speech, 'unconfirmed'),
    caught: ['send.introduces-unconfirmed', 'ready.unconfirmed'],
  },
  {
    name: 'every send introduces its client',
    plant: ({ stream }) => {
      const introduce = stream.introduce.bind(stream)
      stream.introduce = (key, unacknowledged, next) => {
        stream.clients.delete(key)
        introduce(key, unacknowledged, next)
      }
    },
    caught: ['send.introduces-once', 'send.introduces-at-once'],
  },
  {
    name: 'a send introduces only who was never there',
    plant: ({ stream }) => {
      const introduce = stream.introduce.bind(stream)
      stream.introduce = (key, unacknowledged, next) => {
        if (!stream.clients.has(key)) introduce(key, unacknowledged, next)
      }
    },
    caught: ['send.knows-less'],
  },
  {
    name: 'a hello keeps nothing of what others may have handled',
    plant: ({ stream }) => {
      const recall = stream.recall.bind(stream)
      stream.recall = (hello, principal) => {
        const takeIn = stream.takeIn.bind(stream)
        stream.takeIn = (key, _unacknowledged, next) => takeIn(key, next, next)
        const recalled = recall(hello, principal)
        stream.takeIn = takeIn
        return recalled
      }
    },
    caught: ['ready.unconfirmed'],
  },
]
