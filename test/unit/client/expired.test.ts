import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { connect } from '../../../src/core.js'
import { blocks, scripted } from '../../support/scripted-transport.js'

beforeEach(() => void vi.useFakeTimers())
afterEach(() => {
  vi.useRealTimers()
  vi.restoreAllMocks()
})

test('an authorization that ran out is renewed at once, however many attempts failed before; the second time it waits', async () => {
  vi.spyOn(Math, 'random').mockReturnValue(0.999)
  const sse = scripted('sse', 'stream')
  const live = connect('http://app.test/live', { transports: [sse] })
  for (let failures = 0; failures < 5; failures++) {
    await vi.advanceTimersByTimeAsync(30_000)
    sse.run$.fail(new Error('down'))
  }
  await vi.advanceTimersByTimeAsync(30_000)
  const greeting = blocks.open() + blocks.ready('g.0')
  sse.run$.say(greeting, blocks.error('expired'))
  const runs = sse.runs.length
  await vi.advanceTimersByTimeAsync(1)
  expect(sse.runs).toHaveLength(runs + 1)
  sse.run$.say(greeting, blocks.error('expired'))
  await vi.advanceTimersByTimeAsync(5_000)
  expect(sse.runs).toHaveLength(runs + 1)
  live.close()
})
