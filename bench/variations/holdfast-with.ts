import { connect, websocket } from '../../src/index.js'
import { createHub } from '../../src/server/index.js'
import type { Carrier, Open, Serve } from '../contract.js'
import { makeTick, type Tick } from '../events.js'

/** What a page has of something that it may have more of. */
interface Amounts {
  /** Listeners of each type. */
  readonly listeners: number
  /** Types that events have in turn, each with its listeners. */
  readonly types: number
  /** Topics that events have in turn, all subscribed to; 0: events without a topic. */
  readonly topics: number
}

const ONE: Amounts = { listeners: 1, types: 1, topics: 0 }
const WITH_HEADERS = 'Holdfast, with headers'

/** The measurement of growth asks for them by these names. */
const AMOUNTS = new Map<string, Amounts>([
  ...[1, 10, 100].map((listeners) => [name(listeners, 'listener'), { ...ONE, listeners }] as const),
  ...[1, 10, 100, 1_000].map((types) => [name(types, 'type'), { ...ONE, types }] as const),
  ...[1, 10, 100, 1_000].map((topics) => [name(topics, 'topic'), { ...ONE, topics }] as const),
])

function name(amount: number, what: string): string {
  return `${amount.toLocaleString('en')} ${what}${amount === 1 ? '' : 's'}`
}

const growing: [string, Carrier][] = [...AMOUNTS.keys()].map((key) => [key, 'websocket'])
export const variants = Object.fromEntries<Carrier>([[WITH_HEADERS, 'any'], ...growing])

export const serve: Serve = (server) => {
  const hub = createHub({ limits: { topics: 1_000 } })
  hub.attach(server, { path: '/live' })
  let { types, topics } = ONE

  const publish = (tick: Tick) => {
    const topic = topics === 0 ? undefined : topicOf(tick.number % topics)
    return hub.publish(typeOf(tick.number % types), tick, { topic })
  }

  return {
    async prepare(variant) {
      ;({ types, topics } = AMOUNTS.get(variant) ?? ONE)
      const position = await hub.position()
      await publish(makeTick(0))
      return position
    },
    publish: (tick) => void publish(tick),
  }
}

export const open: Open = ({ variant, start, receive }) => {
  const { listeners, types, topics } = AMOUNTS.get(variant) ?? ONE
  const headers = { authorization: 'Bearer token' }
  const live = connect<{ [type: string]: Tick }>('/live', {
    lastEventId: start,
    topics: Array.from({ length: topics }, (_, index) => topicOf(index)),
    ...(variant === WITH_HEADERS ? { headers } : { transports: [websocket()] }),
  })
  let heard = 0
  for (let type = 0; type < types; type += 1) {
    live.on(typeOf(type), ({ data }) => receive(data))
    for (let more = 1; more < listeners; more += 1) live.on(typeOf(type), ({ data }) => (heard += data.number))
  }
  return {}
}

const typeOf = (number: number) => `tick${number}`
const topicOf = (number: number) => `t${number}`
