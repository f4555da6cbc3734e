import { onTestFinished, vi } from 'vitest'
import {
  type Connection,
  type ConnectOptions,
  connect,
  type Gap,
  longPoll,
  sse,
  websocket,
} from '../../../src/index.js'

export const factories = { websocket, sse, 'long-poll': longPoll }
export type TransportName = keyof typeof factories
export const transportNames: TransportName[] = ['websocket', 'sse', 'long-poll']

/** Waits until it holds; a browser's machine may be busy with two others. */
export const until = (check: () => void | Promise<void>) => vi.waitFor(check, { timeout: 15_000, interval: 10 })

export interface Recorder {
  readonly live: Connection
  /** The data of every event of type `number`, in the order of arrival. */
  readonly numbers: unknown[]
  readonly gaps: Gap[]
  /** `transport` at each state that was open, without repetitions. */
  readonly carriers: (string | undefined)[]
}

/** A connection that writes down what it hears, and is closed when the test is over. */
export function record(url: string, options?: ConnectOptions): Recorder {
  const live = connect(url, options)
  onTestFinished(() => live.close())
  const recorder: Recorder = { live, numbers: [], gaps: [], carriers: [] }
  live.on('number', ({ data }) => recorder.numbers.push(data))
  live.onGap((gap) => recorder.gaps.push(gap))
  live.onStateChange(({ status, transport }) => {
    if (status === 'open' && transport !== recorder.carriers.at(-1)) recorder.carriers.push(transport)
  })
  return recorder
}

/** first, first + 1, … */
export const numbersFrom = (first: number, count: number) => Array.from({ length: count }, (_, index) => first + index)
