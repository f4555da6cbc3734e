// Compiled, never run: what an application says of its events, messages and replies holds on both sides.
import { type BaseConnection, type Connection, connect, type PlainConnection, plain } from 'holdfast'
import { createHub, type Hub, type MessageHandler } from 'holdfast/server'

// Interfaces will do as well as types.
interface Events {
  price: { symbol: string; value: number }
  chat: string
}
interface Sends {
  chat: { text: string }
  typing: undefined
  rate: number | undefined
}
interface Replies {
  chat: { id: number }
  typing: undefined
}

/** Compiles where both are the same type, and not merely where one fits the other. */
function same<One, Other>(
  ..._: (<T>() => T extends One ? 1 : 2) extends <T>() => T extends Other ? 1 : 2 ? [] : [never]
): void {}

/* ------------------------------------------------------------------ the page */

const live = connect<Events, Sends, Replies>('/live')
live.on('price', ({ data }) => same<typeof data, Events['price']>())
live.on('*', (event) => {
  if (event.type === 'chat') event.data.at(0)
  // @ts-expect-error a price is no text
  if (event.type === 'price') event.data.at(0)
})
// @ts-expect-error a message is no event
live.on('typing', () => {})

async function send(): Promise<void> {
  const { id } = await live.send('chat', { text: 'hi' }, { signal: new AbortController().signal })
  same<typeof id, number>()
  const nothing = await live.send('typing')
  same<typeof nothing, undefined>()
  const unknown = await live.send('rate', 7)
  same<typeof unknown, unknown>()
  live.send('rate')
  live.send('rate', undefined, {})
  // @ts-expect-error this message has data
  live.send('chat')
  // @ts-expect-error and these are not the data
  live.send('chat', { words: 'hi' })
  // @ts-expect-error this message has none
  live.send('typing', 7)
  // @ts-expect-error an event is no message
  live.send('price', { symbol: 'X', value: 7 })
  // @ts-expect-error a reply is what the map says
  const text: string = await live.send('chat', { text: 'hi' })
  // @ts-expect-error there is no such option
  live.send('chat', { text: 'hi' }, { timeout: 7 })
}

// Without a map of messages they are what they were: any type, any data, and a reply that nobody knows.
const half = connect<Events>('/live')
half.send('anything')
half.send('anything', { at: 'all' }, {}).then((reply) => same<typeof reply, unknown>())
connect('/live').on('anything', ({ data }) => same<typeof data, unknown>())
connect('/live', { topics: ['prices'] }).send('anything', 7)

// What takes any connection takes a typed one, and finds out what it hears.
const any: Connection = live
const base: BaseConnection<Events> = live
declare function hear<E extends object, S extends object, R extends object>(
  connection: Connection<E, S, R> | PlainConnection<E>,
): E
same<ReturnType<typeof hear<Events, Sends, Replies>>, Events>()
hear(live).price.value.toFixed()
hear(connect('/live', { protocol: plain() })).message.at(0)
same<ReturnType<typeof connect>, Connection>()
same<ReturnType<typeof createHub>, Hub>()

/* ------------------------------------------------------------------ the hub */

const hub = createHub<Events, Sends, Replies>({ heartbeat: 15_000 })
hub.publish('price', { symbol: 'X', value: 7 }, { topic: 'prices' })
// @ts-expect-error a value is a number
hub.publish('price', { symbol: 'X', value: '7' })
// @ts-expect-error an event has data
hub.publish('price')
// @ts-expect-error a message is no event
hub.publish('typing')

hub.onMessage(async (message) => {
  message.publish('chat', 'hi', { to: 'me' })
  // @ts-expect-error a line is a text
  message.publish('chat', 7)
  if (message.type === 'chat') return { id: message.data.text.length }
  // @ts-expect-error there is no such message
  if (message.type === 'shout') return undefined
  // @ts-expect-error who types says nothing more
  if (message.type === 'typing') message.data.text
  return undefined
})
const handler: MessageHandler<{ chat: Sends['chat'] }, Replies, Events> = ({ data, publish }, { principal }) => {
  publish('chat', data.text, { topic: principal })
  return { id: 7 }
}
createHub<Events, { chat: Sends['chat'] }, Replies>().onMessage(handler)
// @ts-expect-error what the handler returns is the reply
createHub<Events, { chat: Sends['chat'] }, Replies>().onMessage(() => ({ id: '7' }))
createHub().publish('anything')
createHub().onMessage(({ type, data }) => {
  same<typeof type, string>()
  same<typeof data, unknown>()
})
const plainHub: Hub = hub
