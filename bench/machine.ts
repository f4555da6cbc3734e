import { readFile } from 'node:fs/promises'
import { setTimeout as sleep } from 'node:timers/promises'

/** How long it is looked at, in ms. */
const LOOK = 2_000
/** So often at most: dozens of pages that were just closed keep a machine busy for a moment, which is nobody else's doing. */
const LOOKS = 3
/** Not worth another look. */
const QUIET = 0.05

/**
 * How busy the machine is while the bench does nothing, from 0 to 1: what else runs there disturbs every figure. Linux only, else
 * undefined.
 */
export async function readBusyShare(): Promise<number | undefined> {
  let least = await lookOnce()
  for (let look = 1; look < LOOKS && least !== undefined && least > QUIET; look += 1)
    least = Math.min(least, (await lookOnce()) ?? 1)
  return least
}

async function lookOnce(): Promise<number | undefined> {
  const before = await readTicks()
  await sleep(LOOK)
  const after = await readTicks()
  if (!before || !after || after.all === before.all) return undefined
  return 1 - (after.idle - before.idle) / (after.all - before.all)
}

/** Of all cores, since the machine started: proc(5), "/proc/stat". */
async function readTicks(): Promise<{ idle: number; all: number } | undefined> {
  const text = await readFile('/proc/stat', 'utf8').catch(() => undefined)
  const ticks = text?.split('\n', 1)[0]?.split(/ +/).slice(1).map(Number)
  if (!ticks) return undefined
  const [, , , idle = 0, waiting = 0] = ticks
  return { idle: idle + waiting, all: ticks.reduce((sum, each) => sum + each, 0) }
}
