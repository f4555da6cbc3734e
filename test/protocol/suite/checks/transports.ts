import { fieldNames, isEvent, members } from '../block.js'
import { type Check, endless, every, overHttp, pollOnly, sseOnly, webSocketOnly } from '../check.js'
import { must, mustEqual, shorten } from '../violation.js'

const section = 'Transports'

/** How text travels, before what it says. */
export const transportChecks: readonly Check[] = [
  {
    id: 'transports.whole-blocks',
    section,
    level: 1,
    strength: 'MUST',
    sentences: [
      'A block MUST NOT be split over two WebSocket messages.',
      'text messages, each one or more whole blocks',
      'Binary WebSocket messages are not used.',
    ],
    transports: webSocketOnly,
    needs: ['publish'],
    async run(subject) {
      const carrier = await subject.listen()
      const type = subject.unique('large')
      const data = 'x'.repeat(200_000)
      await subject.control.publish({ type: `${type}-0` }, { type: `${type}-1`, data }, { type })
      await subject.collect(carrier, type)
      must(carrier.torn.length === 0, `not a whole block in a message: ${shorten(carrier.torn[0])}`)
    },
  },
  {
    id: 'transports.packed',
    section,
    level: 1,
    strength: 'SHOULD',
    sentences: ['A server SHOULD pack blocks that are ready together into one message.'],
    transports: webSocketOnly,
    needs: ['publish'],
    async run(subject) {
      const carrier = await subject.listen()
      const before = carrier.parts
      const type = subject.unique('packed')
      const many = Array.from({ length: 100 }, (_, index) => ({ type: `${type}-${index}` }))
      await subject.control.publish(...many, { type })
      await carrier.event(type)
      const messages = carrier.parts - before
      must(messages <= 50, `101 events, published together, came in ${messages} messages`)
    },
  },
  {
    id: 'transports.line-ends',
    section,
    level: 1,
    strength: 'MUST',
    sentences: ['Lines end in LF. Blocks end in an empty line.'],
    transports: every,
    async run(subject) {
      const carrier = await subject.listen()
      const text = carrier.blocks.map((block) => block.text).join('')
      must(!text.includes('\r'), `a CR was heard: ${shorten(JSON.stringify(text.trim()))}`)
      must(carrier.torn.length === 0, `a block without an empty line behind it: ${carrier.torn[0]}`)
    },
  },
  {
    id: 'transports.field-order',
    section,
    level: 1,
    strength: 'MUST',
    sentences: ['The order of fields in a block is `id`, `event`, `data`.'],
    transports: every,
    needs: ['publish'],
    async run(subject) {
      const carrier = await subject.listen()
      const type = subject.unique('ordered')
      await subject.control.publish({ type, data: 1 })
      await carrier.event(type)
      for (const block of carrier.blocks) {
        const names = fieldNames(block)
        const ordered = ['id', 'event', 'data'].filter((name) => names.includes(name))
        mustEqual(names, ordered, `the fields of ${JSON.stringify(shorten(block.text))}`)
      }
    },
  },
  {
    id: 'transports.content-type',
    section,
    level: 1,
    strength: 'MUST',
    sentences: [
      'HTTP responses that carry text MUST have `Content-Type: text/event-stream; charset=utf-8`, `Cache-Control: no-cache, no-transform` and `X-Accel-Buffering: no`.',
    ],
    transports: overHttp,
    async run(subject) {
      const { headers } = await subject.open()
      const type = headers?.get('content-type') ?? ''
      must(/^text\/event-stream; ?charset="?utf-8"?$/i.test(type), `Content-Type is ${type || 'absent'}`)
    },
  },
  {
    id: 'transports.cache-control',
    section,
    level: 1,
    strength: 'MUST',
    sentences: [],
    transports: overHttp,
    async run(subject) {
      const { headers } = await subject.open()
      const words = (headers?.get('cache-control') ?? '').toLowerCase().split(/\s*,\s*/)
      must(words.includes('no-cache'), `Cache-Control must have no-cache: ${words}`)
      must(words.includes('no-transform'), `Cache-Control must have no-transform: ${words}`)
    },
  },
  {
    id: 'transports.accel-buffering',
    section,
    level: 1,
    strength: 'MUST',
    sentences: [],
    transports: overHttp,
    async run(subject) {
      const { headers } = await subject.open()
      mustEqual(headers?.get('x-accel-buffering') ?? null, 'no', 'X-Accel-Buffering')
    },
  },
  {
    id: 'transports.padding',
    section,
    level: 1,
    strength: 'SHOULD',
    sentences: ['An SSE response SHOULD begin with a comment block of 2,048 bytes of padding'],
    transports: sseOnly,
    async run(subject) {
      const carrier = await subject.open()
      await carrier.own('open')
      const first = carrier.blocks[0]
      must(first?.comment === true, `the first block is no comment: ${shorten(first?.text)}`)
      const bytes = Buffer.byteLength(first.text)
      must(bytes >= 2048, `the padding has ${bytes} bytes`)
    },
  },
  {
    id: 'transports.binary',
    section,
    level: 1,
    strength: 'MUST',
    sentences: ['A server that gets one closes with 1003.'],
    transports: webSocketOnly,
    async run(subject) {
      const carrier = await subject.listen()
      carrier.transmit(new Uint8Array([1, 2, 3]))
      mustEqual((await carrier.ended()).code, 1003, 'the close code after a binary message')
    },
  },
  {
    id: 'transports.finite',
    section,
    level: 1,
    strength: 'MUST',
    sentences: ['a finite response, `Content-Type: text/event-stream`'],
    transports: pollOnly,
    async run(subject) {
      const carrier = await subject.open()
      await carrier.ended()
      must(carrier.torn.length === 0, `the response ends within a block: ${shorten(carrier.torn[0])}`)
    },
  },
  {
    id: 'transports.endless',
    section,
    level: 1,
    strength: 'MUST',
    sentences: ['an endless response, `Content-Type: text/event-stream`'],
    transports: endless,
    needs: ['publish'],
    async run(subject) {
      const carrier = await subject.listen()
      const types = [subject.unique('first'), subject.unique('second')] as const
      await subject.control.publish({ type: types[0] })
      await carrier.event(types[0])
      await subject.control.publish({ type: types[1] })
      await carrier.event(types[1])
    },
  },
  {
    id: 'transports.ignored-parameters',
    section: 'The Holdfast protocol, version 1',
    level: 1,
    strength: 'MUST',
    sentences: [
      'A receiver MUST ignore JSON members, query parameters, comments and `holdfast:` event types that it does not know.',
    ],
    transports: every,
    async run(subject) {
      const carrier = await subject.open({ others: { unheard: 'of', 'strange key': '%00&=' } })
      mustEqual(members(await carrier.own('ready')).hello, 1, 'the hello that ready answers')
    },
  },
  {
    id: 'transports.ignored-members',
    section: 'The Holdfast protocol, version 1',
    level: 1,
    strength: 'MUST',
    sentences: [],
    transports: webSocketOnly,
    async run(subject) {
      const carrier = await subject.openBare()
      const ready = await subject.greet(carrier, 1, { unheard: { of: [1] } })
      mustEqual(ready.hello, 1, 'the hello that ready answers')
      must(!carrier.blocks.some(isEvent), 'nothing was published')
    },
  },
]
