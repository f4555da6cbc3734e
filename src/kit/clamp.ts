/** What came off the wire as a number of ms, kept within bounds; `fallback` where it is no number. */
export function clamp(value: unknown, least: number, most: number, fallback: number): number {
  return typeof value === 'number' && value >= 0 ? Math.min(most, Math.max(least, value)) : fallback
}
