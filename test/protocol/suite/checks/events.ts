import { fieldNames, isEvent, jsonOf } from '../block.js'
import { type Check, endless, every } from '../check.js'
import { must, mustEqual, shorten } from '../violation.js'

const section = 'Events'

/** Texts that a careless encoder breaks. */
const awkward = [
  null,
  false,
  0,
  '',
  'two\nlines\r\nand \r more',
  '\u2028\u2029\u0000\ufeff',
  'é 日本 🎈',
  { 'a key:': [' leading', 'base64:AAAA', 'data: x\n\nevent: holdfast:error'] },
]

export const eventChecks: readonly Check[] = [
  {
    id: 'events.shape',
    section,
    level: 1,
    strength: 'MUST',
    sentences: [
      '*Shape*: `id: <position>` (absent on ephemeral events), `event: <type>` (absent for the type `message`), `:topic <name>` (where it was published to a topic), `data: <one line>`.',
    ],
    transports: every,
    needs: ['publish'],
    essential: true,
    async run(subject) {
      const carrier = await subject.listen()
      const type = subject.unique('price')
      const [id] = await subject.control.publish({ type, data: { symbol: 'X', value: 7 } })
      const block = await carrier.event(type)
      // At level 1 there may be an id, and nothing hangs on it.
      const names = fieldNames(block).filter((name) => name !== 'id' || subject.claims.level > 1)
      mustEqual(names, subject.claims.level > 1 ? ['id', 'event', 'data'] : ['event', 'data'], 'the fields')
      mustEqual(jsonOf(block), { symbol: 'X', value: 7 }, 'the data')
      if (subject.claims.level > 1) mustEqual(block.id, id, 'the id, beside the one that publishing it gave')
    },
  },
  {
    id: 'events.message',
    section,
    level: 1,
    strength: 'MUST',
    sentences: [],
    transports: every,
    needs: ['publish'],
    async run(subject) {
      const carrier = await subject.listen()
      const data = subject.unique('text')
      await subject.control.publish({ type: 'message', data })
      const block = await carrier.next('the message', isEvent)
      mustEqual(jsonOf(block), data, 'the data')
      must(!fieldNames(block).includes('event'), `the type message stands for no event field: ${shorten(block.text)}`)
    },
  },
  {
    id: 'events.json',
    section,
    level: 1,
    strength: 'MUST',
    sentences: [
      '`data` is one line of JSON, or `base64:` and the bytes in base64 ([RFC 4648](https://www.rfc-editor.org/rfc/rfc4648) section 4, padded).',
    ],
    transports: every,
    needs: ['publish'],
    async run(subject) {
      const carrier = await subject.listen()
      const type = subject.unique('awkward')
      await subject.control.publish(...awkward.map((data) => ({ type, data })))
      for (const data of awkward) {
        const block = await carrier.event(type)
        const lines = fieldNames(block).filter((name) => name === 'data')
        mustEqual(lines.length, 1, `how many data lines stand in ${shorten(block.text)}`)
        mustEqual(jsonOf(block), data, 'the data')
      }
    },
  },
  {
    id: 'events.bytes',
    section,
    level: 1,
    strength: 'MUST',
    sentences: [],
    transports: every,
    needs: ['publish'],
    async run(subject) {
      const carrier = await subject.listen()
      const type = subject.unique('bytes')
      const all = ['', '+/8=', Buffer.from(Array.from({ length: 256 }, (_, byte) => byte)).toString('base64')]
      await subject.control.publish(...all.map((bytes) => ({ type, bytes })))
      for (const bytes of all) mustEqual((await carrier.event(type)).data, `base64:${bytes}`, 'the data')
    },
  },
  {
    id: 'events.type',
    section,
    level: 1,
    strength: 'MUST',
    sentences: ['A type is 1 to 256 characters without CR, LF or NUL, and does not begin with `holdfast:`.'],
    transports: every,
    needs: ['publish'],
    async run(subject) {
      const carrier = await subject.listen()
      const good = [`${subject.unique('wide')} é: 日本 `, subject.unique('x').padEnd(256, 'x')]
      const bad = ['holdfast:planted', 'two\nevent: lines', 'carriage\rreturn', 'nul\0', 'y'.repeat(257), '']
      // Where the control refuses one of these, it is not heard either, and that is as good.
      for (const type of bad) await subject.control.publish({ type }).catch(() => undefined)
      await subject.control.publish(...good.map((type) => ({ type })))
      for (const type of good) await carrier.onlyEvent(type)
      const heard = carrier.blocks.filter(({ type }) => type === 'holdfast:planted')
      mustEqual(heard.length, 0, 'how often an event holdfast:planted was heard')
    },
  },
  {
    id: 'events.ephemeral',
    section,
    level: 2,
    strength: 'MUST',
    sentences: ['Events without an id are *ephemeral*: at most once, in no promised order with the others.'],
    transports: endless,
    needs: ['publish'],
    async run(subject) {
      const carrier = await subject.listen()
      const cursor = carrier.blocks.find(({ type }) => type === 'holdfast:ready')?.id
      const [passing, type] = [subject.unique('passing'), subject.unique('lasting')]
      await subject.control.publish({ type: passing, ephemeral: true })
      must(!fieldNames(await carrier.event(passing)).includes('id'), 'an ephemeral event must have no id')
      await subject.control.publish({ type })
      await carrier.event(type)
      const again = await subject.open({ cursor: cursor ?? '' })
      await again.onlyEvent(type)
    },
  },
  {
    id: 'events.once-in-order',
    section,
    level: 2,
    strength: 'MUST',
    sentences: ['Events with an id are sent in the order of the history, each once between two `ready`.'],
    transports: every,
    needs: ['publish'],
    essential: true,
    async run(subject) {
      const name = subject.unique('seam')
      const types = Array.from({ length: 350 }, (_, index) => `${name}-${index}`)
      const publish = (from: number, to: number): Promise<unknown> =>
        subject.control.publish(...types.slice(from, to).map((type) => ({ type })))
      const known = subject.unique('known')
      const [cursor] = await subject.control.publish({ type: known })
      await publish(0, 50)
      // Some join while others are published: replay and live feed have to meet without a seam.
      const joining = Array.from({ length: 5 }, async (_, index) => {
        await subject.control.publish({ type: subject.unique(`noise-${index}`) })
        return subject.listen({ cursor: cursor ?? '' })
      })
      const publishing = (async () => {
        for (let from = 50; from < 300; from += 5) await publish(from, from + 5)
      })()
      const [carriers] = await Promise.all([Promise.all(joining), publishing])
      // However slow it was to join: something follows for everybody.
      await publish(300, 350)
      for (const carrier of carriers) {
        const heard = await subject.collect(carrier, types.at(-1) ?? '', 10_000)
        must(!heard.includes(known), 'the event of the cursor itself was heard again')
        const ours = heard.filter((type) => type.startsWith(name))
        const wrong = ours.findIndex((type, index) => type !== types[index])
        const found = `${ours[wrong]?.replace(name, '')} in place of ${types[wrong]?.replace(name, '')}`
        must(wrong === -1, `heard ${found}`)
        mustEqual(ours.length, types.length, `how many of ${types.length} events were heard`)
      }
    },
  },
]
