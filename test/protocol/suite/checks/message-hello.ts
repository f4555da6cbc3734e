import { isEvent, members } from '../block.js'
import { type Check, webSocketOnly } from '../check.js'
import { mustBeRefused } from '../refused.js'
import { must, mustEqual, NotChecked } from '../violation.js'

const section = 'In a message'

/** A hello in a message. */
export const messageHelloChecks: readonly Check[] = [
  {
    id: 'hello.message',
    section,
    level: 1,
    strength: 'MUST',
    sentences: ['WebSocket only: the hello follows in a message, nothing in the query is one'],
    transports: webSocketOnly,
    async run(subject) {
      const carrier = await subject.openBare()
      await carrier.own('open')
      const ready = await subject.greet(carrier, 1)
      mustEqual(ready.hello, 1, 'the hello that ready answers')
      // The answer to another hello is behind all that the first can bring.
      await subject.greet(carrier, 2)
      const answered = carrier.blocks
        .filter(({ type }) => type === 'holdfast:ready')
        .map((block) => members(block).hello)
      mustEqual(answered, [1, 2], 'the hellos that were answered')
    },
  },
  {
    id: 'hello.message.query-is-none',
    section,
    level: 1,
    strength: 'MUST',
    sentences: [],
    transports: webSocketOnly,
    needs: ['publish', 'topics'],
    async run(subject) {
      const topic = subject.unique('suite:query')
      const carrier = await subject.open({ topics: [topic], others: { hello: 'frame' } })
      await subject.greet(carrier, 1, { topics: [] })
      const type = subject.unique('public')
      await subject.control.publish({ type: subject.unique('topical'), topic }, { type })
      await carrier.onlyEvent(type)
    },
  },
  {
    id: 'hello.message.topics',
    section,
    level: 1,
    strength: 'MUST',
    sentences: ["Every hello has a number, counted from 1 on each WebSocket; the server's [ready](#ready) repeats it."],
    transports: webSocketOnly,
    needs: ['publish', 'topics'],
    async run(subject) {
      const [before, now] = [subject.unique('suite:é'), subject.unique('suite:日')]
      const carrier = await subject.listen({ topics: [before] })
      mustEqual((await subject.greet(carrier, 2, { topics: [now] })).hello, 2, 'the hello that ready answers')
      const type = subject.unique('now')
      await subject.control.publish({ type: subject.unique('before'), topic: before }, { type, topic: now })
      await carrier.onlyEvent(type)
      mustEqual((await subject.greet(carrier, 3)).hello, 3, 'the hello that ready answers')
    },
  },
  {
    id: 'hello.message.cursor',
    section,
    level: 2,
    strength: 'MUST',
    sentences: [
      'A hello replaces the one before: from its [ready](#ready) on, the stream is that of the new hello (its cursor, its topics, its principal).',
    ],
    transports: webSocketOnly,
    needs: ['publish'],
    async run(subject) {
      const types = ['a', 'b', 'c'].map((name) => subject.unique(name))
      const carrier = await subject.listen()
      const ids = await subject.control.publish(...types.map((type) => ({ type })))
      await carrier.event(types[2] ?? '')
      await subject.greet(carrier, 2, { cursor: ids[0] })
      await carrier.onlyEvent(types[1] ?? '')
      await carrier.onlyEvent(types[2] ?? '')
    },
  },
  {
    id: 'hello.message.violation',
    section,
    level: 1,
    strength: 'MUST',
    sentences: ['On violation: error `bad-request`, close 1008.', 'text messages, each one JSON object'],
    transports: webSocketOnly,
    async run(subject) {
      for (const text of ['hello', '[1]', '{"holdfast":"hello","hello":"one","version":1}']) {
        const carrier = await subject.openBare()
        carrier.transmit(text)
        await mustBeRefused(carrier, 'bad-request')
      }
    },
  },
  {
    id: 'hello.message.first',
    section,
    level: 3,
    strength: 'MUST',
    sentences: ['*MUST* be the first message where the query says `hello=frame`'],
    transports: webSocketOnly,
    async run(subject) {
      const carrier = await subject.openBare()
      subject.say(carrier, { holdfast: 'ping' })
      await mustBeRefused(carrier, 'bad-request')
    },
  },
  {
    id: 'hello.message.version',
    section,
    level: 1,
    strength: 'MUST',
    sentences: ['| `unsupported-version` | 400 | 1008 | stops |'],
    transports: webSocketOnly,
    async run(subject) {
      const carrier = await subject.openBare()
      subject.say(carrier, { holdfast: 'hello', hello: 1, version: 2 })
      await mustBeRefused(carrier, 'unsupported-version')
    },
  },
  {
    id: 'hello.message.timeout',
    section,
    level: 1,
    strength: 'MUST',
    sentences: ["Where no hello arrives within the server's hello timeout: error `hello-timeout`, close 1008."],
    transports: webSocketOnly,
    async run(subject) {
      const carrier = await subject.openBare()
      const ended = await carrier.ended(subject.patience).catch(() => undefined)
      if (ended === undefined) throw new NotChecked(`no hello timeout within ${subject.patience} ms`)
      await mustBeRefused(carrier, 'hello-timeout')
      must(!carrier.blocks.some(isEvent), 'an event was heard before any hello')
    },
  },
  {
    id: 'hello.message.client',
    section,
    level: 3,
    strength: 'MUST',
    sentences: ['A hello on a living connection MUST name the same `client`, or none, if the one before named one.'],
    transports: webSocketOnly,
    async run(subject) {
      const client = subject.client()
      const carrier = await subject.listen({ client })
      mustEqual((await subject.greet(carrier, 2, { client })).hello, 2, 'a hello with the same client')
      mustEqual((await subject.greet(carrier, 3)).hello, 3, 'a hello without a client')
      subject.say(carrier, { holdfast: 'hello', hello: 4, version: 1, client: subject.client() })
      await mustBeRefused(carrier, 'bad-request')
    },
  },
]
