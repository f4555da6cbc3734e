import { members } from '../block.js'
import { type Check, every, pollOnly } from '../check.js'
import { mustBeRefused } from '../refused.js'
import { must, mustEqual, NotChecked } from '../violation.js'

const section = 'In the request'
const violation =
  'On violation (another version, a number that is none, too many topics, a topic that is none): HTTP 400 with an [error body](#refusals-over-http); on a WebSocket, an [error](#error) block with code `bad-request` or `unsupported-version`, then close 1008.'

/** The query as hello number 1. */
export const helloChecks: readonly Check[] = [
  {
    id: 'hello.bare',
    section,
    level: 1,
    strength: 'MUST',
    sentences: [
      'A request without any parameter is a good hello: `curl -N https://host/live` hears what goes to everybody, from now on.',
      'On SSE and long-poll, and on a WebSocket that has nothing secret to say, the query of the `GET` is hello number 1.',
    ],
    transports: every,
    needs: ['publish'],
    essential: true,
    async run(subject) {
      await subject.control.publish({ type: subject.unique('before') })
      const carrier = await subject.listen()
      const type = subject.unique('after')
      await subject.control.publish({ type })
      await carrier.onlyEvent(type)
    },
  },
  {
    id: 'hello.wait-default',
    section,
    level: 1,
    strength: 'MUST',
    sentences: ['long-poll: how long the server may wait until there is something to say'],
    transports: pollOnly,
    async run(subject) {
      const began = performance.now()
      await (await subject.open()).ended()
      const took = performance.now() - began
      must(took < 1000, `without wait the answer must come at once, not after ${Math.round(took)} ms`)
    },
  },
  {
    id: 'hello.encoding',
    section,
    level: 1,
    strength: 'MUST',
    sentences: [
      'Values are percent-encoded UTF-8.',
      'the topics that the client wants to hear beside what goes to everybody',
    ],
    transports: every,
    needs: ['publish', 'topics'],
    async run(subject) {
      const topic = subject.unique('suite:é ñ+&=%/日本')
      const carrier = await subject.listen({ topics: [topic, subject.unique('suite:other')] })
      const type = subject.unique('topical')
      await subject.control.publish({ type, topic })
      await carrier.event(type)
    },
  },
  {
    id: 'hello.other-topics',
    section,
    level: 1,
    strength: 'MUST',
    sentences: [],
    transports: every,
    needs: ['publish', 'topics'],
    async run(subject) {
      const carrier = await subject.listen({ topics: [subject.unique('suite:mine')] })
      const [secret, type] = [subject.unique('secret'), subject.unique('public')]
      await subject.control.publish({ type: secret, topic: subject.unique('suite:theirs') }, { type })
      await carrier.onlyEvent(type)
    },
  },
  {
    id: 'hello.version',
    section,
    level: 1,
    strength: 'MUST',
    sentences: [violation],
    transports: every,
    async run(subject) {
      await mustBeRefused(await subject.open({ holdfast: '2' }), 'unsupported-version')
    },
  },
  {
    id: 'hello.number-that-is-none',
    section,
    level: 1,
    strength: 'MUST',
    sentences: [violation],
    transports: pollOnly,
    async run(subject) {
      await mustBeRefused(await subject.open({ wait: 'soon' }), 'bad-request')
    },
  },
  {
    id: 'hello.send-numbers',
    section,
    level: 3,
    strength: 'MUST',
    sentences: [
      violation,
      'the lowest send whose outcome the client does not have',
      'the lowest send that the client has never transmitted',
    ],
    transports: every,
    async run(subject) {
      const client = subject.client()
      await mustBeRefused(await subject.open({ client, next: '0' }), 'bad-request')
      await mustBeRefused(await subject.open({ client, unacknowledged: 'many' }), 'bad-request')
    },
  },
  {
    id: 'hello.too-many-topics',
    section,
    level: 1,
    strength: 'MUST',
    sentences: [violation],
    transports: every,
    async run(subject) {
      const limit = subject.control.fact('topicLimit')
      if (limit === undefined) throw new NotChecked('the control does not tell topicLimit')
      const topics = Array.from({ length: limit + 1 }, (_, index) => `suite:${index}`)
      const carrier = await subject.open({ topics: topics.slice(1) })
      mustEqual(members(await carrier.own('ready')).hello, 1, `the hello that ready answers, with ${limit} topics`)
      await mustBeRefused(await subject.open({ topics }), 'bad-request')
    },
  },
  {
    id: 'hello.topic-that-is-none',
    section,
    level: 1,
    strength: 'MUST',
    sentences: [violation],
    transports: every,
    async run(subject) {
      for (const topic of [
        'suite:two\n:topic lines',
        'suite:carriage\rreturn',
        'suite:nul\0',
        'suite:'.padEnd(257, 'x'),
      ])
        await mustBeRefused(await subject.open({ topics: [topic] }), 'bad-request')
    },
  },
]
