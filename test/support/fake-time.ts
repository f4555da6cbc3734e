import { afterEach, beforeEach, vi } from 'vitest'

/** Time stands still in the tests of a file, but for what they let pass; nothing is remembered from one to the next. */
export function useFakeTime(): void {
  beforeEach(() => {
    vi.useFakeTimers({ now: new Date('2026-11-20T12:00:00Z') })
    localStorage.clear()
  })
  afterEach(() => {
    vi.useRealTimers()
    vi.restoreAllMocks()
    vi.unstubAllGlobals()
  })
}

/** Lets so many ms pass, and all that follows from it happen. */
export const pass = (ms: number): Promise<unknown> => vi.advanceTimersByTimeAsync(ms)

/** Lets everything happen that needs no time. */
export const tick = (): Promise<unknown> => pass(0)

/** `Math.random()` from now on. */
export function random(value: number): void {
  vi.spyOn(Math, 'random').mockReturnValue(value)
}
