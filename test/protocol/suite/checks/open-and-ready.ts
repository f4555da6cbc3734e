import { fieldNames, members } from '../block.js'
import { type Check, every, pollOnly, webSocketOnly } from '../check.js'
import { must, mustEqual } from '../violation.js'

/** The server speaks first. */
export const openChecks: readonly Check[] = [
  {
    id: 'open.first',
    section: 'open',
    level: 1,
    strength: 'MUST',
    sentences: ['*MUST* be the first block on every carrier (after comments), without waiting for the hello.'],
    transports: every,
    essential: true,
    async run(subject) {
      const carrier = await subject.open()
      const first = await carrier.next('a block', ({ comment }) => !comment)
      mustEqual(first.type ?? null, 'holdfast:open', 'the first block')
    },
  },
  {
    id: 'open.unasked',
    section: 'open',
    level: 1,
    strength: 'MUST',
    sentences: [],
    transports: webSocketOnly,
    async run(subject) {
      const carrier = await subject.openBare()
      const first = await carrier.next('a block', ({ comment }) => !comment)
      mustEqual(first.type ?? null, 'holdfast:open', 'what is said without a hello')
    },
  },
  {
    id: 'open.before-error',
    section: 'open',
    level: 1,
    strength: 'MUST',
    sentences: [],
    transports: webSocketOnly,
    async run(subject) {
      const carrier = await subject.open({ holdfast: '2' })
      await carrier.ended()
      mustEqual(
        carrier.blocks.find(({ comment }) => !comment)?.type,
        'holdfast:open',
        'the first block, before an error',
      )
    },
  },
  {
    id: 'open.shape',
    section: 'open',
    level: 1,
    strength: 'MUST',
    sentences: [
      '`event: holdfast:open`, data `{ version: 1, level: 1 | 2 | 3, heartbeat: number, limit?: number }`.',
      '`heartbeat`: the longest silence on an open carrier.',
    ],
    transports: every,
    async run(subject) {
      const carrier = await subject.open()
      const block = await carrier.own('open')
      mustEqual(fieldNames(block), ['event', 'data'], 'the fields of open')
      const { version, level, heartbeat, limit } = members(block)
      mustEqual(version, 1, 'version')
      must(level === 1 || level === 2 || level === 3, `level is ${level}`)
      must(typeof heartbeat === 'number' && heartbeat > 0, `heartbeat is ${heartbeat}`)
      must(limit === undefined || (typeof limit === 'number' && limit > 0), `limit is ${limit}`)
    },
  },
]

/** Every hello is answered. */
export const readyChecks: readonly Check[] = [
  {
    id: 'ready.after-open',
    section: 'ready',
    level: 1,
    strength: 'MUST',
    sentences: ['*MUST* follow every hello that was accepted, before the first event.'],
    transports: every,
    essential: true,
    async run(subject) {
      const carrier = await subject.open()
      await carrier.own('open')
      const next = await carrier.next('the ready', ({ comment }) => !comment)
      mustEqual(next.type ?? null, 'holdfast:ready', 'the block after open')
    },
  },
  {
    id: 'ready.before-events',
    section: 'ready',
    level: 2,
    strength: 'MUST',
    sentences: [],
    transports: every,
    needs: ['publish'],
    async run(subject) {
      const type = subject.unique('missed')
      const [cursor] = await subject.control.publish({ type: subject.unique('known') }, { type })
      const carrier = await subject.open({ cursor: cursor ?? '' })
      await carrier.event(type)
      const order = carrier.blocks.filter(({ comment }) => !comment).map(({ type: heard }) => heard)
      must(order.indexOf('holdfast:ready') < order.indexOf(type), `heard in this order: ${order}`)
    },
  },
  {
    id: 'ready.every-response',
    section: 'ready',
    level: 1,
    strength: 'MUST',
    sentences: ['On long-poll it stands in every response.'],
    transports: pollOnly,
    async run(subject) {
      for (let response = 0; response < 3; response++) await (await subject.open({ wait: '50' })).own('ready')
    },
  },
  {
    id: 'ready.shape',
    section: 'ready',
    level: 1,
    strength: 'MUST',
    sentences: [
      '`id: <position>` (from level 2), `event: holdfast:ready`, data `{ hello: number, gap: boolean, handled?: number | null, epoch?: string, principal?: string, reconnect?: number, expires?: number, denied?: string[] }`',
    ],
    transports: every,
    async run(subject) {
      const ready = members(await (await subject.open()).own('ready'))
      mustEqual(ready.hello, 1, 'hello')
      mustEqual(ready.gap, false, 'gap, where no cursor was given')
      mustEqual(ready.handled, undefined, 'handled, where the hello named no client')
      for (const [name, shape] of Object.entries({ principal: 'string', reconnect: 'number', expires: 'number' })) {
        const value = ready[name]
        must(value === undefined || typeof value === shape, `${name} is ${JSON.stringify(value)}, not a ${shape}`)
      }
      must(ready.denied === undefined || Array.isArray(ready.denied), `denied is ${JSON.stringify(ready.denied)}`)
    },
  },
  {
    id: 'ready.denied',
    section: 'ready',
    level: 1,
    strength: 'MUST',
    sentences: ['`denied`: the topics that were asked for and may not be heard.'],
    transports: every,
    needs: ['publish', 'topics'],
    async run(subject) {
      const [denied, allowed] = [subject.unique('suite-denied:'), subject.unique('suite:')]
      const carrier = await subject.listen({ topics: [denied, allowed] })
      const ready = carrier.blocks.find(({ type }) => type === 'holdfast:ready')
      mustEqual(ready && members(ready).denied, [denied], 'denied')
      const type = subject.unique('allowed')
      await subject.control.publish({ type: subject.unique('secret'), topic: denied }, { type, topic: allowed })
      await carrier.onlyEvent(type)
    },
  },
  {
    id: 'ready.position',
    section: 'ready',
    level: 2,
    strength: 'MUST',
    sentences: [
      '`id`: the position that the client adopts at once.',
      'Without a cursor, or with a gap: the present position.',
    ],
    transports: every,
    needs: ['publish'],
    essential: true,
    async run(subject) {
      await subject.control.publish({ type: subject.unique('before') })
      const { id } = await (await subject.open()).own('ready')
      must(id !== undefined && id !== '', 'a ready must have an id from level 2 on')
      const types = [subject.unique('a'), subject.unique('b')]
      await subject.control.publish(...types.map((type) => ({ type })))
      const carrier = await subject.open({ cursor: id })
      for (const type of types) await carrier.onlyEvent(type)
    },
  },
  {
    id: 'ready.position-of-cursor',
    section: 'ready',
    level: 2,
    strength: 'MUST',
    sentences: ["Otherwise: the hello's cursor, or a later position up to which nothing is for this client."],
    transports: every,
    needs: ['publish'],
    async run(subject) {
      const types = [subject.unique('a'), subject.unique('b')]
      const [cursor] = await subject.control.publish(
        { type: subject.unique('known') },
        ...types.map((type) => ({ type })),
      )
      const { id } = await (await subject.open({ cursor: cursor ?? '' })).own('ready')
      const carrier = await subject.open({ cursor: id ?? '' })
      for (const type of types) await carrier.onlyEvent(type)
    },
  },
]
