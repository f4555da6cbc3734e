import { connect, longPoll, sse, websocket } from '../../src/index.js'
import { createHub } from '../../src/server/index.js'
import type { Open, Serve, Variants } from '../contract.js'
import { makeTick, type Tick } from '../events.js'

export const variants = {
  Holdfast: 'any',
  'Holdfast, websocket': 'websocket',
  'Holdfast, sse': 'stream',
  'Holdfast, long-poll': 'poll',
} satisfies Variants

/**
 * All of it with its defaults: history, limits, origin check, heartbeats. Only the rate at which a page may send is raised:
 * the bench sends as soon as it was answered.
 */
export const serve: Serve = (server) => {
  const hub = createHub({ limits: { sendsPerSecond: 100_000 } })
  hub.onMessage(({ data }) => data)
  hub.attach(server, { path: '/live' })
  return {
    // A page that says where it was hears what came after: so tick 0 awaits every page.
    async prepare() {
      const position = await hub.position()
      await hub.publish('tick', makeTick(0))
      return position
    },
    publish(tick) {
      void hub.publish('tick', tick)
    },
  }
}

const TRANSPORTS = new Map([
  ['websocket', websocket],
  ['sse', sse],
  ['long-poll', longPoll],
])

export const open: Open = ({ variant, start, receive }) => {
  const transport = TRANSPORTS.get(variant.split(', ')[1] ?? '')
  const transports = transport && [transport()]
  const live = connect<{ tick: Tick }>('/live', { transports, lastEventId: start })
  live.on('tick', ({ data }) => receive(data))
  return { echo: (text) => live.send('echo', text) }
}
