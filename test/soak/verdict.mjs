/** What the last third may be above the first third, as a share of it: what one garbage collection leaves more than another. */
const TOLERANCE = 0.05

/**
 * Whether a heap is flat: the least of its last third is not above the most of its first third.
 * @param {number[]} values one for each sample, after the warm-up
 * @param {number} minutes between two samples
 */
export function judgeHeap(values, minutes) {
  const third = Math.max(1, Math.floor(values.length / 3))
  const first = Math.max(...values.slice(0, third))
  const last = Math.min(...values.slice(-third))
  return { first, last, slope: slopeOf(values) / minutes, flat: last <= first * (1 + TOLERANCE) }
}

/**
 * The least-squares slope, per sample.
 * @param {number[]} values
 */
export function slopeOf(values) {
  const middle = (values.length - 1) / 2
  const mean = values.reduce((sum, value) => sum + value, 0) / values.length
  let above = 0
  let below = 0
  for (const [index, value] of values.entries()) {
    above += (index - middle) * (value - mean)
    below += (index - middle) ** 2
  }
  return below === 0 ? 0 : above / below
}
