import { vi } from 'vitest'
import { type ConnectOptions, connect, sse } from '../../../src/core.js'
import { fakeFetch } from '../../support/fake-fetch.js'
import { pass, tick } from '../../support/fake-time.js'
import { blocks, type ScriptedTransport, scripted } from '../../support/scripted-transport.js'

export const address = 'http://app.test/live'

export type Options = Omit<ConnectOptions, 'transports'>

/** What a server says first: its `open`, and the `ready` that answers the hello. */
export const hello = (open: object = {}, ready: object = {}): string => blocks.open(open) + blocks.ready('g.0', ready)

/** A connection whose network and server the test plays. */
export function start(options: Options = {}) {
  const sse = scripted('sse', 'stream')
  return { sse, live: connect(address, { transports: [sse], ...options }) }
}

/** The same, open. */
export async function startOpen(options: Options = {}) {
  const started = start(options)
  await tick()
  started.sse.run$.say(hello())
  return started
}

/** The same, with all that the page hears: the ids of events, or their data; gaps; and the codes of errors. */
export function startHearing(options: Options = {}) {
  const { sse, live } = start(options)
  const heard: unknown[] = []
  live.on('*', ({ id, data }) => heard.push(id ?? data))
  live.onGap(({ position, reason }) => heard.push(`gap ${position} ${reason}`))
  const errors: string[] = []
  live.onError(({ code }) => errors.push(code))
  return { sse, live, heard, errors }
}

/** A connection over SSE whose requests the test answers. */
export function startSse(options: Options = {}) {
  const server = fakeFetch()
  const live = connect(address, { transports: [sse()], ...options })
  const errors: string[] = []
  live.onError(({ code }) => errors.push(code))
  return { server, live, errors }
}

/** From where the newest run goes on. */
export const cursor = ({ run$ }: ScriptedTransport): string | null => new URL(run$.ask.url).searchParams.get('cursor')

/** Cuts the carrier, and looks from where the next one goes on. */
export async function cut(sse: ScriptedTransport): Promise<string | null> {
  sse.run$.fail(new Error('cut'))
  await pass(2000)
  return cursor(sse)
}

/** How long it takes until the next run starts, in ms; looks at most so far. */
export async function untilNext({ runs }: ScriptedTransport, most = 4_000_000): Promise<number> {
  const before = runs.length
  const began = Date.now()
  while (runs.length === before && Date.now() - began < most) await vi.advanceTimersToNextTimerAsync()
  return runs.length > before ? Date.now() - began : Number.POSITIVE_INFINITY
}
