import { connect, sse } from '../../../src/core.js'
import { fakeFetch } from '../../support/fake-fetch.js'
import { random, tick } from '../../support/fake-time.js'
import { blocks, type ScriptedTransport, scripted } from '../../support/scripted-transport.js'
import { address, hello, type Options } from './starting.js'

/** A frame of sends (PROTOCOL.md, "send"). */
export interface Frame {
  client: string
  unacknowledged: number
  messages: { number: number; type: string; data?: unknown; bytes?: string }[]
}

export const isSend = (frame: string): boolean => JSON.parse(frame).holdfast === 'send'

/** The frames of sends of the newest run. */
export const frames = ({ run$ }: ScriptedTransport): Frame[] =>
  run$.sent.filter(isSend).map((frame) => JSON.parse(frame))

/** The numbers in each of them. */
export const numbers = (transport: ScriptedTransport): number[][] =>
  frames(transport).map(({ messages }) => messages.map(({ number }) => number))

/** What became of a promise, as soon as it is known. */
export function outcome(promise: Promise<unknown>): { value?: unknown; code?: unknown } {
  const seen = {}
  promise.then(
    (value) => Object.assign(seen, { value }),
    (error) => Object.assign(seen, { code: error.code ?? error }),
  )
  return seen
}

/** A connection over a WebSocket that is open and proven. */
export async function openWebSocket(more: object = {}, options: Options = {}) {
  random(0)
  const transport = scripted('websocket', 'message')
  const live = connect(address, { transports: [transport], ...options })
  await tick()
  transport.run$.say(hello(more))
  await tick()
  transport.run$.say(blocks.pong())
  await tick()
  return { transport, live }
}

/** A connection over SSE that is open; its POSTs go to `server` as well. */
export async function openSse(options: Options = {}, ready: object = {}) {
  random(0)
  const server = fakeFetch()
  const live = connect(address, { transports: [sse()], ...options })
  await tick()
  server.gets[0]?.begin()
  server.gets[0]?.write(hello({}, ready))
  await live.opened
  return { server, live }
}
