import type { Fault } from './faults.js'
import { readSend } from './sends.js'
import type { Speech } from './speech.js'
import type { Stream } from './stream.js'
import { Refusal, readMessage } from './wire.js'

/** Plants a server that leaves out the outcomes with this code after a `ready`. */
export function muteAfterReady(stream: Stream, speech: Speech, code: string): void {
  const recall = stream.recall.bind(stream)
  stream.recall = (hello, principal) => {
    const result = speech.result.bind(speech)
    speech.result = (number, outcome) => (outcome.error?.code === code ? '' : result(number, outcome))
    const recalled = recall(hello, principal)
    speech.result = result
    return recalled
  }
}

/** What becomes of messages is wrong. */
export const sendFaults: readonly Fault[] = [
  {
    name: 'handles whatever comes, all at once',
    plant: ({ stream, speech }) => {
      stream.send = (text) => {
        const { messages } = readSend(readMessage(text))
        return messages.map(async (message) => speech.result(message.number, await stream.handle(message)))
      }
    },
    caught: [
      'send.once',
      'send.once-while-handling',
      'send.in-order',
      'send.hole',
      'send.unknown-client',
      'send.too-large',
      'result.error',
      'result.lost',
    ],
  },
  {
    name: 'what was withdrawn goes to the handler',
    plant: ({ stream }) => {
      const send = stream.send.bind(stream)
      stream.send = (text, principal) => send(text.replaceAll('holdfast:withdrawn', 'echo'), principal)
    },
    caught: ['send.withdrawn'],
  },
  {
    name: 'clients are told apart by their id alone',
    plant: ({ stream }) => {
      stream.clientKey = (_principal, client) => client
    },
    caught: ['send.by-principal'],
  },
  {
    name: 'half of what may be on its way is refused',
    plant: ({ stream }) => {
      const send = stream.send.bind(stream)
      stream.send = (text, principal) => {
        if (readSend(readMessage(text)).messages.length > 32) throw new Refusal('bad-request', 'too many')
        return send(text, principal)
      }
    },
    caught: ['send.sixty-four'],
  },
  {
    name: 'another limit than open tells',
    plant: ({ speech }) => {
      speech.open = () => speech.json('open', { version: 1, level: 3, heartbeat: 1000, limit: 1000 })
    },
    caught: ['send.too-large'],
  },
  {
    name: 'the limit counts characters',
    plant: ({ stream }) => {
      stream.sizeOf = (text) => text.length
    },
    caught: ['send.too-large-in-bytes'],
  },
  {
    name: 'a smaller limit than open tells',
    plant: ({ speech }) => {
      speech.open = () => speech.json('open', { version: 1, level: 3, heartbeat: 1000, limit: 100_000 })
    },
    caught: ['send.too-large'],
  },
  {
    name: 'unknown members of a message are refused',
    plant: ({ stream }) => {
      const send = stream.send.bind(stream)
      stream.send = (text, principal) => {
        if (text.includes('unheard')) throw new Refusal('bad-request', 'unheard of')
        return send(text, principal)
      }
    },
    caught: ['send.ignored-members'],
  },
  {
    name: 'a POST is handled before it is refused',
    plant: ({ stream, carriers }) => {
      const post = carriers.post.bind(carriers)
      carriers.post = async (request, response) => {
        if (request.headers.authorization === 'Bearer suite-forbidden') {
          const chunks: Buffer[] = await request.toArray()
          for (const message of readSend(readMessage(Buffer.concat(chunks).toString())).messages)
            await stream.handle(message)
        }
        return post(request, response)
      }
    },
    over: ['sse', 'long-poll'],
    caught: ['send.refused-whole'],
  },
  {
    name: 'a POST of any content type',
    plant: ({ carriers }) => {
      carriers.allowsPost = () => true
    },
    caught: ['send.post-type'],
  },
  {
    name: 'results with a position',
    plant: ({ speech }) => {
      speech.result = (number, outcome) => speech.json('result', { number, ...outcome }, 'x.1')
    },
    caught: ['result.reply'],
  },
  {
    name: 'results in no order',
    plant: ({ stream }) => {
      const send = stream.send.bind(stream)
      stream.send = (text, principal) => send(text, principal).reverse()
    },
    caught: ['send.in-order', 'send.sixty-four'],
  },
  {
    name: 'bytes are answered as data',
    plant: ({ speech }) => {
      const result = speech.result.bind(speech)
      speech.result = (number, { bytes, ...outcome }) => result(number, bytes ? { data: bytes } : outcome)
    },
    caught: ['result.bytes'],
  },
  {
    name: 'errors without a code',
    plant: ({ speech }) => {
      const result = speech.result.bind(speech)
      speech.result = (number, outcome) =>
        outcome.error ? speech.json('result', { number, error: outcome.error.message }) : result(number, outcome)
    },
    caught: ['result.error'],
  },
  {
    name: 'outcomes are not told after ready',
    plant: ({ stream }) => {
      const recall = stream.recall.bind(stream)
      stream.recall = (hello, principal) => ({ ...recall(hello, principal), results: '' })
    },
    caught: ['result.after-ready'],
  },
  {
    name: 'what is kept no longer is not told after ready',
    plant: ({ stream, speech }) => muteAfterReady(stream, speech, 'outcome-lost'),
    caught: ['result.every'],
  },
  {
    name: 'outcomes that the client has are told again after ready',
    plant: ({ stream }) => {
      const recall = stream.recall.bind(stream)
      stream.recall = (hello, principal) => recall({ ...hello, unacknowledged: 1 }, principal)
    },
    caught: ['result.after-ready'],
  },
  {
    name: 'an unknown client begins at 1, whatever it says',
    plant: ({ stream }) => {
      const recall = stream.recall.bind(stream)
      stream.recall = (hello, principal) => recall({ ...hello, next: 1 }, principal)
    },
    caught: ['ready.handled'],
  },
  {
    name: 'a client that knows more than the server is believed to be known',
    plant: ({ stream }) => {
      const recall = stream.recall.bind(stream)
      stream.recall = (hello, principal) => recall({ ...hello, unacknowledged: 1 }, principal)
    },
    caught: ['ready.knows-less'],
  },
]
