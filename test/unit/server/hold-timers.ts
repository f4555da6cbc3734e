import { onTestFinished, vi } from 'vitest'

/** Until the test is over timers fire when it says so; what waits for the next turn goes on. */
export function holdTimers(): void {
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] })
  onTestFinished(() => void vi.useRealTimers())
}
