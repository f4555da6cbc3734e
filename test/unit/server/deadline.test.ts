import { afterEach, expect, test, vi } from 'vitest'
import { Deadline } from '../../../src/server/deadline.js'

afterEach(() => {
  vi.useRealTimers()
})

test('a deadline further away than a timer reaches is kept, can be moved and cleared', () => {
  vi.useFakeTimers()
  const passed = vi.fn()
  const deadline = new Deadline(passed)
  const far = 60 * 24 * 3_600_000
  deadline.set(Date.now() + far)
  vi.advanceTimersByTime(far - 1)
  expect(passed).not.toHaveBeenCalled()
  vi.advanceTimersByTime(1)
  expect(passed).toHaveBeenCalledTimes(1)
  deadline.set(Date.now() + 10)
  deadline.set(Date.now() + 20)
  vi.advanceTimersByTime(15)
  expect(passed).toHaveBeenCalledTimes(1)
  deadline.set(Number.POSITIVE_INFINITY)
  expect(vi.getTimerCount()).toBe(0)
})
