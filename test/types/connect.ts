// Compiled, never run: what users write must compile against the built declarations, and what stands below a
// `@ts-expect-error` must not. tsc complains about one that is not needed.
import {
  type Connection,
  type ConnectionState,
  connect,
  longPoll,
  type PlainConnection,
  plain,
  sse,
  websocket,
} from 'holdfast'
import * as core from 'holdfast/core'

interface Price {
  symbol: string
  value: number
}

const live = connect<{ price: Price; chat: string }>('/live', {
  transports: [websocket(), sse(), longPoll()],
  headers: async ({ signal }) => ({ authorization: `Bearer ${signal.aborted}` }),
  credentials: 'same-origin',
  topics: ['prices'],
  lastEventId: 'x',
  reconnect: { minDelay: 100, maxDelay: 10_000 },
  signal: new AbortController().signal,
})

/* ------------------------------------------------------------------ listeners */

const off: () => void = live.on('price', ({ data, id, type }) => {
  const value: number = data.value
  const known: string | undefined = id
  const price: 'price' = type
  // @ts-expect-error a price has no such member
  data.volume
  // @ts-expect-error events cannot be changed
  data.value, (type = 'chat')
})
live.on('*', (event) => {
  if (event.type === 'chat') event.data.toUpperCase()
  // @ts-expect-error the data of a price is no string
  if (event.type === 'price') event.data.toUpperCase()
})
// @ts-expect-error there is no such event
live.on('prize', () => {})
// @ts-expect-error a listener gets one event
live.on('price', (event, second) => {})
live.on('chat', () => {}, { signal: new AbortController().signal, once: true })

/* ------------------------------------------------------------------ state */

live.onStateChange(({ status, transport, error, reason }: ConnectionState) => {
  if (status === 'closed') reason satisfies 'page' | 'refused' | 'stopped' | 'ended' | undefined
  error?.code.toUpperCase()
  // @ts-expect-error there is no such status
  if (status === 'disconnected') transport?.at(0)
})
// @ts-expect-error a snapshot cannot be changed
live.state.status = 'closed'
// @ts-expect-error the state cannot be set
live.state = live.state
live.onGap(({ position }) => position?.length)
live.onError((error) => error.retryAfter?.toFixed())
live.explain().attempts.map(({ transport, why }) => `${transport} ${why}`)

/* ------------------------------------------------------------------ iterating */

async function iterate(): Promise<void> {
  for await (const item of live.events('price', { limit: 10, overflow: 'drop-oldest' })) {
    if (item.type === 'price') item.data.value.toFixed()
    else if (item.type === 'holdfast:gap') item.position?.length
    else item.count.toFixed()
    // @ts-expect-error a gap has no data
    item.data
  }
  // @ts-expect-error there is no such way to overflow
  live.events('price', { overflow: 'throw' })
  const reply: unknown = await live.send('chat', { text: 'hi' }, { signal: new AbortController().signal })
  // @ts-expect-error a reply is unknown until it has been looked at
  reply.text
  // @ts-expect-error a send has a type
  live.send()
  await live.opened
  const reason: 'page' | 'refused' | 'stopped' | 'ended' = await live.closed
}

/* ------------------------------------------------------------------ options */

// @ts-expect-error there is no such option
connect('/live', { transport: [sse()] })
// @ts-expect-error a transport is made by its factory
connect('/live', { transports: ['websocket'] })
// @ts-expect-error credentials are those of fetch
connect('/live', { credentials: 'always' })
// @ts-expect-error topics are texts
connect('/live', { topics: [7] })
connect(new URL('https://example.test/live'), { reconnect: false })

const native: Connection = connect('/live')
const leave: () => void = native.subscribe('room:7')

/* ------------------------------------------------------------------ plain */

const bare: PlainConnection = connect('wss://example.test/', { protocol: plain() })
bare.send('text')
bare.send(new Uint8Array(4))
// @ts-expect-error a plain server gets frames, not objects
bare.send({ text: 'hi' })

core.connect('/live', { transports: [core.sse()] })

{
  using scoped = connect('/live')
  scoped.close()
}
