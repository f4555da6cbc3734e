import { type Block, fieldNames, members } from '../block.js'
import { type Check, endless, every } from '../check.js'
import { must, mustEqual, shorten } from '../violation.js'

const section = 'Positions'

export const positionChecks: readonly Check[] = [
  {
    id: 'positions.resume',
    section,
    level: 2,
    strength: 'MUST',
    sentences: ['the last position that the client has adopted'],
    transports: every,
    needs: ['publish'],
    essential: true,
    async run(subject) {
      const types = ['a', 'b', 'c', 'd'].map((name) => subject.unique(name))
      const ids = await subject.control.publish(...types.map((type) => ({ type })))
      const carrier = await subject.open({ cursor: ids[1] ?? '' })
      mustEqual(members(await carrier.own('ready')).gap, false, 'gap, where the cursor is known')
      await carrier.onlyEvent(types[2] ?? '')
      await carrier.onlyEvent(types[3] ?? '')
    },
  },
  {
    id: 'positions.other-carrier',
    section,
    level: 2,
    strength: 'MUST',
    sentences: ['What a server has said on one carrier it MUST be able to replay on another, from then on'],
    transports: every,
    needs: ['publish'],
    async run(subject) {
      const carrier = await subject.listen()
      let cursor = carrier.blocks.find(({ type }) => type === 'holdfast:ready')?.id
      for (let round = 0; round < 10; round++) {
        const type = subject.unique('said')
        const published = subject.control.publish({ type })
        const { id } = await carrier.event(type)
        const [behind, level] = await Promise.all([cursor, id].map((from) => subject.open({ cursor: from ?? '' })))
        for (const other of [behind, level])
          mustEqual(other && members(await other.own('ready')).gap, false, 'gap, with a cursor that was just said')
        await behind?.onlyEvent(type)
        behind?.close()
        level?.close()
        await published
        cursor = id
      }
    },
  },
  {
    id: 'positions.shape',
    section,
    level: 2,
    strength: 'MUST',
    sentences: ['A position is opaque text of 1 to 256 characters without CR, LF, NUL, and not empty.'],
    transports: every,
    needs: ['publish'],
    async run(subject) {
      const carrier = await subject.listen()
      const type = subject.unique('placed')
      await subject.control.publish({ type }, { type })
      for (const block of [await carrier.event(type), await carrier.event(type)])
        must(block.id !== undefined, `an event without an id: ${shorten(block.text)}`)
      const ready = carrier.blocks.find((block) => block.type === 'holdfast:ready')
      must(ready?.id !== undefined, 'a ready without an id')
      const ids = carrier.blocks.flatMap(({ id }) => (id === undefined ? [] : [id]))
      for (const id of ids) must(id.length >= 1 && id.length <= 256, `a position of ${id.length} characters`)
    },
  },
  {
    id: 'positions.foreign',
    section,
    level: 2,
    strength: 'MUST',
    sentences: [
      'whether a cursor was given that the server cannot continue from. Then the stream goes on from the present position',
    ],
    transports: every,
    needs: ['publish'],
    essential: true,
    async run(subject) {
      await subject.control.publish({ type: subject.unique('old') })
      for (const cursor of ['nobody.knows', '0', '1', '-1', 'é日本', 'x'.repeat(300)]) {
        const carrier = await subject.listen({ cursor })
        const ready = carrier.blocks.find(({ type }) => type === 'holdfast:ready')
        mustEqual(ready && members(ready).gap, true, `gap, with the cursor ${JSON.stringify(shorten(cursor, 20))}`)
        const type = subject.unique('new')
        await subject.control.publish({ type })
        await carrier.onlyEvent(type)
        carrier.close()
      }
    },
  },
  {
    id: 'positions.generation',
    section,
    level: 2,
    strength: 'MUST',
    sentences: [
      "It MUST name the history's generation, so that a position from another history, or an earlier life of this one, is known to be unknown.",
    ],
    transports: every,
    needs: ['publish', 'restart'],
    async run(subject) {
      const events = Array.from({ length: 5 }, () => ({ type: subject.unique('life') }))
      await subject.control.restart()
      const ids = await subject.control.publish(...events)
      await subject.control.restart()
      // As many again: a position that only counts would be found.
      await subject.control.publish(...events)
      const carrier = await subject.listen({ cursor: ids[2] ?? '' })
      const ready = carrier.blocks.find(({ type }) => type === 'holdfast:ready')
      mustEqual(ready && members(ready).gap, true, 'gap, with a cursor from before a restart')
      const type = subject.unique('new')
      await subject.control.publish({ type })
      await carrier.onlyEvent(type)
    },
  },
  {
    id: 'positions.trimmed',
    section,
    level: 2,
    strength: 'MUST',
    sentences: [],
    transports: every,
    needs: ['publish', 'trim'],
    async run(subject) {
      const ids = await subject.control.publish({ type: subject.unique('a') }, { type: subject.unique('b') })
      await subject.control.trim()
      const ready = members(await (await subject.open({ cursor: ids[0] ?? '' })).own('ready'))
      mustEqual(ready.gap, true, 'gap, where the history behind the cursor was cut')
    },
  },
  {
    id: 'positions.filtered',
    section,
    level: 2,
    strength: 'MUST',
    sentences: ["A block that holds an `id` alone moves the client's cursor and is nothing else"],
    transports: every,
    needs: ['publish', 'topics'],
    async run(subject) {
      const topic = subject.unique('suite:theirs')
      const [cursor] = await subject.control.publish({ type: subject.unique('known') })
      await subject.control.publish(...Array.from({ length: 20 }, () => ({ type: subject.unique('theirs'), topic })))
      const type = subject.unique('ours')
      await subject.control.publish({ type })
      const carrier = await subject.listen({ cursor: cursor ?? '' })
      const ready = carrier.blocks.find((block) => block.type === 'holdfast:ready')
      mustEqual(ready && members(ready).gap, false, 'gap, where only events of other topics lie between')
      await carrier.onlyEvent(type)
    },
  },
  {
    id: 'positions.id-alone',
    section,
    level: 2,
    strength: 'SHOULD',
    sentences: ['servers SHOULD send one from time to time on streams where all that happens is filtered away.'],
    transports: endless,
    needs: ['publish', 'topics'],
    async run(subject) {
      const carrier = await subject.listen()
      const before = carrier.blocks.length
      const topic = subject.unique('suite:theirs')
      await subject.control.publish(...Array.from({ length: 200 }, () => ({ type: subject.unique('theirs'), topic })))
      const within = Math.min(subject.patience, 3 * (subject.claims.heartbeat ?? subject.patience))
      const moved = await carrier.next('an id alone', ({ id, type }) => id !== undefined && type === undefined, within)
      must(carrier.blocks.length > before, 'the id came with the ready')
      const type = subject.unique('ours')
      await subject.control.publish({ type })
      await (await subject.open({ cursor: moved.id ?? '' })).onlyEvent(type)
    },
  },
]

export const gapChecks: readonly Check[] = [
  {
    id: 'gap.told',
    section: 'gap',
    level: 2,
    strength: 'MUST',
    sentences: [
      'the events between the position before and this one are lost to this client (it was too slow, or the history was cut under it).',
      "*Shape*: `id: <new position>`, `event: holdfast:gap`, data `{ reason: 'slow' | 'history' }`.",
    ],
    transports: endless,
    needs: ['publish'],
    async run(subject) {
      const carrier = await subject.listen()
      let cursor = carrier.blocks.find(({ type }) => type === 'holdfast:ready')?.id
      const type = subject.unique('heavy')
      const last = subject.unique('last')
      const data = 'x'.repeat(64 * 1024)
      carrier.hold(true)
      const order: (string | null)[] = []
      // More than the buffers of two kernels hold.
      for (let round = 0; round < 12; round++) {
        order.push(...(await subject.control.publish(...Array.from({ length: 32 }, () => ({ type, data })))))
      }
      carrier.hold(false)
      order.push(...(await subject.control.publish({ type: last })))
      // Ending the carrier is no silence either: the client comes back with its cursor.
      const isLast = (block: Block): boolean => block.type === last || block.type === 'holdfast:gap'
      const told = await carrier.next('the last event, or a gap', isLast, 10_000).catch(() => carrier.ended(10_000))
      if ('type' in told && told.type === 'holdfast:gap') {
        // The gap may reach up to the present: what is published now is heard in any case.
        const behind = subject.unique('behind')
        order.push(...(await subject.control.publish({ type: behind })))
        await carrier.event(behind, 10_000)
      }
      let index = -1
      for (const block of carrier.blocks) {
        const place = block.id === undefined ? -1 : order.indexOf(block.id)
        if (block.type === 'holdfast:gap') {
          const { reason } = members(block)
          must(reason === 'slow' || reason === 'history', `the reason of a gap is ${JSON.stringify(reason)}`)
          must(block.id !== undefined && fieldNames(block)[0] === 'id', 'a gap must begin with its position')
        } else if (place >= 0) {
          // An id alone goes nowhere that an event did not go before: all of these are for everybody.
          const good = block.type === undefined ? place <= index : place === index + 1
          must(good, `event ${place} of ${order.length} came after event ${index}, and no gap was told`)
        }
        index = Math.max(index, place)
        cursor = block.id ?? cursor
      }
      if (index === order.length - 1) return
      const again = await subject.open({ cursor: cursor ?? '' })
      if (members(await again.own('ready')).gap === true) return
      const next = await again.next('the event behind the cursor', ({ id }) => id !== undefined)
      must(order.indexOf(next.id ?? '') === index + 1, `events behind ${index} were lost in silence`)
    },
  },
]
