/** Comparable between the processes of one machine: ms since the epoch, to a microsecond. */
export function now(): number {
  return Math.round((performance.timeOrigin + performance.now()) * 1_000) / 1_000
}
