import { verdict } from '../growth/tables.js'
import type { Table, Unit } from '../measurement.js'
import { median, type Series, type Value } from '../statistics.js'
import { BASELINE } from './broadcasters.js'
import type { Delivery, Memory } from './stage.js'

/** How the events of one round are published. */
export interface Manner {
  readonly key: string
  readonly title: string
  /** Events in one turn of the server. The next are published when everybody has heard these. */
  readonly events: number
  readonly turns: number
}

/** What was measured with so many clients, of each broadcaster. */
export interface Results {
  readonly clients: number
  readonly memory: ReadonlyMap<string, Memory>
  readonly deliveries: ReadonlyMap<Manner, ReadonlyMap<string, readonly (Delivery | undefined)[]>>
}

/** One figure of a broadcaster with so many clients. */
interface Reading {
  readonly key: string
  readonly title: string
  readonly unit: Unit
  readonly read: (results: Results, name: string) => readonly Value[]
}

const KIBIBYTE = 1_024

const remembered = (key: string, title: string, read: (memory: Memory) => number): Reading => ({
  key,
  title,
  unit: 'KiB',
  read: ({ memory }, name) => {
    const found = memory.get(name)
    return [found && read(found) / KIBIBYTE]
  },
})

const delivered = (
  manner: Manner,
  key: string,
  title: string,
  unit: Unit,
  read: (delivery: Delivery, clients: number) => number,
): Reading => ({
  key: `${key}-${manner.key}`,
  title: `${title}, ${manner.title}`,
  unit,
  read: ({ deliveries, clients }, name) =>
    (deliveries.get(manner)?.get(name) ?? []).map((delivery) => delivery && read(delivery, clients)),
})

const MEMORY = remembered('memory', 'Memory of the server for each idle client', ({ rss }) => rss)
const HEAP = remembered('heap', 'Heap and buffers of the server for each idle client', ({ heap }) => heap)

/** @param results the one with the most clients first */
export function tablesOf(results: readonly Results[], manners: readonly Manner[]): Table[] {
  const [most] = results
  if (most === undefined) return []
  const names = [...most.memory.keys()]
  const clients = `${most.clients.toLocaleString('en')} clients`

  const compare = ({ key, title, unit, read }: Reading, note?: string): Table => ({
    key: `broadcast-${key}`,
    title: `${title}, ${clients}`,
    unit,
    baseline: BASELINE,
    series: names.map((name) => ({ name, values: read(most, name) })),
    note,
  })
  const grow = (
    { key, title, unit, read }: Reading,
    of: string,
    cost: (value: number, clients: number) => number,
  ): Table => ({
    key: `broadcast-growth-${key}`,
    title: `${title}, against the number of clients`,
    unit,
    baseline: undefined,
    note: names
      .map((name) => {
        const points = results.toReversed().map((each) => {
          const value = median(read(each, name))
          return { name: `${each.clients}`, amount: each.clients, value: value && cost(value, each.clients) }
        })
        return `${name}: ${verdict(points, of)}`
      })
      .join(' '),
    series: names.flatMap((name) =>
      results.toReversed().map(
        (each): Series => ({
          name: `${name}, ${each.clients.toLocaleString('en')}`,
          values: read(each, name),
        }),
      ),
    ),
  })

  const perGigabyte = names.map((name) => {
    const bytes = (median(MEMORY.read(most, name)) ?? 0) * KIBIBYTE
    return `${name} ${(Math.round(1e6 / bytes) * 1_000).toLocaleString('en')}`
  })
  const speed = (manner: Manner) => delivered(manner, 'speed', 'Broadcast', 'events/s', ({ time }) => 1_000 / time)
  const cost = (manner: Manner) =>
    delivered(manner, 'processor', "Server's CPU time for each event", 'ms', ({ processor }) => processor)
  const together = (manner: Manner) =>
    delivered(manner, 'deliveries', 'Events delivered to all clients together', 'events/s', ({ time }, count) =>
      Math.round((1_000 * count) / time),
    )
  const growth = [
    grow(HEAP, 'of all clients', (heap, count) => heap * count),
    ...manners.map((manner) => grow(together(manner), 'of one event', (perSecond, count) => count / perSecond)),
  ]
  return [
    compare(MEMORY, `Idle connections in a gigabyte: ${perGigabyte.join('; ')}.`),
    compare(HEAP),
    ...manners.map((manner) => compare(speed(manner))),
    ...manners.map((manner) => compare(cost(manner))),
    ...(results.length > 1 ? growth : []),
  ]
}
