import { authorize } from './authorize.js'
import type { Fault } from './faults.js'
import { muteAfterReady } from './faults-of-sends.js'
import { readSend, type Send } from './sends.js'
import type { Stream } from './stream.js'
import { readMessage } from './wire.js'

/** Plants a server that takes a send without messages for another one. */
function alterEmpty(stream: Stream, alter: (send: Send) => Send): void {
  const send = stream.send.bind(stream)
  stream.send = (text, principal) => {
    const said = readSend(readMessage(text))
    return send(said.messages.length === 0 ? JSON.stringify(alter(said)) : text, principal)
  }
}

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
  {
    name: 'a send without messages introduces nobody',
    plant: ({ stream }) => alterEmpty(stream, (send) => ({ ...send, next: undefined })),
    caught: ['send.empty-introduces'],
  },
  {
    name: 'a send without messages counts as one',
    plant: ({ stream }) => alterEmpty(stream, (send) => ({ ...send, next: send.next && send.next + 1 })),
    caught: ['send.empty-introduces'],
  },
  {
    name: 'a send without messages is not answered',
    plant: ({ stream }) => {
      const send = stream.send.bind(stream)
      stream.send = (text, principal) => {
        const answers = send(text, principal)
        return readSend(readMessage(text)).messages.length === 0 ? [] : answers
      }
    },
    caught: ['send.empty-introduces', 'send.empty'],
  },
  {
    name: 'a send without messages introduces even who does not say where it is',
    plant: ({ stream }) => alterEmpty(stream, (send) => ({ ...send, next: send.next ?? 1 })),
    caught: ['send.empty'],
  },
  {
    name: 'a POST introduces its client before it is authorized',
    plant: ({ carriers, stream }) => {
      const post = carriers.post.bind(carriers)
      carriers.post = async (request, response) => {
        if (request.headers.authorization !== undefined) {
          const chunks: Buffer[] = await request.toArray()
          stream.send(Buffer.concat(chunks).toString(), authorize(undefined))
        }
        return post(request, response)
      }
    },
    over: ['sse', 'long-poll'],
    caught: ['send.refused-introduces'],
  },
]
