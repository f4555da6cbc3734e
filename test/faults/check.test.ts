import { expect, test } from 'vitest'
import { check } from './check/index.js'
import type { Item, Published, Visit, WorldRecord } from './record.js'

// Every kind of violation, planted into the record of a world in which all is well.

const settings: WorldRecord['settings'] = {
  engine: 'chromium',
  store: 'memory',
  transports: ['websocket'],
  shared: false,
  tabs: 2,
  sameOrigin: true,
  guarded: false,
  lifetime: undefined,
  reconnect: undefined,
  patient: true,
  hidden: false,
  wait: undefined,
  rate: 40,
  sendEvery: 300,
}

const idOf = (number: number, generation = 'g') => `${generation}.${number.toString(36)}`

/** Ten events, the third for a topic; two pages, of which one hears the topic; and two messages of the first page. */
function soundWorld(): WorldRecord {
  const published: Published[] = Array.from({ length: 10 }, (_, index) => ({
    number: index + 1,
    topic: index === 2 ? 'odd' : undefined,
    at: 1000 + index,
    server: 1,
    outcome: 'acknowledged',
    id: idOf(index + 1),
  }))
  const said: Item[] = [11, 12].map((position, index) => ({
    kind: 'said',
    visit: 'one',
    number: index + 1,
    id: idOf(position),
    at: 1020 + index,
  }))
  const visit = (id: string, topics: string[]): Visit => ({
    id,
    tab: `tab of ${id}`,
    topics,
    items: [
      { kind: 'open', id: idOf(0), at: 900 },
      ...published
        .filter(({ topic }) => topic === undefined || topics.includes(topic))
        .map(({ number, id, at }): Item => ({ kind: 'number', number, id, at: at + 5 })),
      ...said,
    ],
    sent: [],
  })
  const one = visit('one', ['odd'])
  one.sent.push({ number: 1, at: 1015, outcome: 'resolved', settledAt: 1020 })
  one.sent.push({ number: 2, at: 1016, outcome: 'resolved', settledAt: 1021 })
  const handled = [1, 2].map((number) => ({ visit: 'one', number, server: 1, transport: 'websocket', at: 1017 }))
  const rest = { faults: [], troubles: [], failures: [] }
  return {
    seed: 1,
    world: 1,
    engine: 'chromium',
    settings,
    published,
    handled,
    visits: [one, visit('two', [])],
    ...rest,
  }
}

const firstOf = ({ visits }: WorldRecord) => visits[0] as Visit

/** The place of a number among what a page has heard. */
const placeOf = ({ items }: Visit, number: number) =>
  items.findIndex((item) => item.kind === 'number' && item.number === number)

test('all is well', () => {
  expect(check(soundWorld())).toEqual([])
})

test.each<[string, RegExp, (world: WorldRecord) => unknown]>([
  [
    'an event is lost',
    /^lost: one never heard 5 \(1\)/,
    (world) => firstOf(world).items.splice(placeOf(firstOf(world), 5), 1),
  ],
  [
    'the newest event never comes',
    /^lost: two never heard 11/,
    ({ published }) =>
      published.push({ number: 11, topic: undefined, at: 1030, server: 1, outcome: 'acknowledged', id: idOf(13) }),
  ],
  [
    'an event comes twice',
    /^doubled: one heard 5 again/,
    (world) => {
      const { items } = firstOf(world)
      items.splice(placeOf(firstOf(world), 6), 0, items[placeOf(firstOf(world), 5)] as Item)
    },
  ],
  [
    'an event comes too late',
    /^disordered: one heard 4 after/,
    (world) => {
      const { items } = firstOf(world)
      const place = placeOf(firstOf(world), 4)
      items.splice(place + 1, 0, ...items.splice(place, 1))
    },
  ],
  [
    'the history has two of one event',
    /^doubled: 5 is/,
    ({ visits: [, two] }) => {
      const place = placeOf(two as Visit, 5)
      Object.assign(two?.items[place] ?? {}, { id: idOf(20) })
    },
  ],
  [
    'two events have one id',
    /^confused: g\.5 is/,
    ({ visits: [, two] }) => Object.assign(two?.items[placeOf(two, 6)] ?? {}, { id: idOf(5) }),
  ],
  [
    'two stand in another order than they were published in',
    /^disordered: 4 stands behind 5/,
    ({ published, visits }) => {
      visits.splice(0)
      Object.assign(published[3] ?? {}, { id: idOf(5) })
      Object.assign(published[4] ?? {}, { id: idOf(4) })
    },
  ],
  [
    'a page hears what nobody published',
    /^invented: one heard 99/,
    (world) => firstOf(world).items.push({ kind: 'number', number: 99, id: idOf(99), at: 1100 }),
  ],
  [
    'a page hears a topic that it does not want',
    /^topic: two heard 3/,
    ({ visits: [, two] }) => two?.items.splice(3, 0, { kind: 'number', number: 3, id: idOf(3), at: 1100 }),
  ],
  [
    'another history begins without a word',
    /^untold: one heard 11/,
    (world) => {
      world.published.push({
        number: 11,
        topic: undefined,
        at: 1030,
        server: 2,
        outcome: 'acknowledged',
        id: idOf(1, 'h'),
      })
      for (const { items } of world.visits) items.push({ kind: 'number', number: 11, id: idOf(1, 'h'), at: 1031 })
    },
  ],
  [
    'a gap is told where nothing is missing',
    /^needless: one was told a gap/,
    (world) => firstOf(world).items.push({ kind: 'gap', id: idOf(12), reason: 'history', at: 1100 }),
  ],
  [
    'a text is maimed',
    /^wrong: one maimed/,
    (world) => firstOf(world).items.push({ kind: 'wrong', what: 'maimed', at: 1 }),
  ],
  ['a page is never open', /^deaf: two/, ({ visits: [, two] }) => two?.items.splice(0)],
  ['a message is handled twice', /^send-doubled: one message 2/, ({ handled }) => handled.push(...handled.slice(1))],
  [
    'messages are handled in the wrong order',
    /^send-order: one message 1 was handled/,
    ({ handled }) => handled.reverse(),
  ],
  ['a message is resolved and was not handled', /^send-lost: one message 2/, ({ handled }) => handled.pop()],
  [
    'a message is resolved and was not appended',
    /^send-lost: one message 2 was resolved, and never appended/,
    ({ visits }) => {
      for (const { items } of visits) items.pop()
    },
  ],
  [
    'a message is appended twice',
    /^doubled: one#2 is/,
    ({ visits: [, two] }) => two?.items.push({ kind: 'said', visit: 'one', number: 2, id: idOf(13), at: 1100 }),
  ],
  [
    'a message is never settled',
    /^send-pending: one message 2/,
    (world) => Object.assign(firstOf(world).sent[1] ?? {}, { outcome: undefined }),
  ],
  [
    'a message is rejected as unconfirmed, and nobody lost his memory',
    /^send-rejected: one message 2 at 1016: unconfirmed/,
    (world) => Object.assign(firstOf(world).sent[1] ?? {}, { outcome: 'unconfirmed' }),
  ],
  ['a page does not come back', /^stuck: it sleeps/, ({ failures }) => failures.push('it sleeps')],
])('it is found if %s', (_name, expected, plant) => {
  const world = soundWorld()
  plant(world)
  const violations = check(world)
  expect(violations.join('\n')).toMatch(new RegExp(expected.source, 'm'))
})

test('what was told is none: a gap at a new history, what died with its server, what a page that is gone never said', () => {
  const world = soundWorld()
  world.published.push({ number: 11, topic: undefined, at: 1030, server: 1, outcome: 'unknown' })
  world.published.push({ number: 12, topic: undefined, at: 1040, server: 2, outcome: 'acknowledged', id: idOf(1, 'h') })
  for (const { items } of world.visits) {
    items.push({ kind: 'gap', id: idOf(0, 'h'), reason: 'history', at: 1035 })
    items.push({ kind: 'number', number: 12, id: idOf(1, 'h'), at: 1041 })
  }
  const [one] = world.visits
  // It was reading on when the history went.
  one?.items.splice(-2, 0, { kind: 'gap', id: idOf(13), reason: 'history', at: 1034 })
  one?.sent.push({ number: 3, at: 1025, outcome: 'unconfirmed', settledAt: 1036 })
  world.faults.push({ kind: 'server killed', at: 1028, mixed: false })
  world.visits.push({
    ...(one as Visit),
    id: 'gone',
    items: one?.items.slice(0, 4) ?? [],
    sent: [{ number: 1, at: 1 }],
    over: 'closed',
  })
  expect(check(world)).toEqual([])
})
