import { describe, expect, test } from 'vitest'
import { grown, holdfast, type Told, windowFor } from '../../bench/herd/holdfast.js'
import { seeded } from '../../bench/herd/random.js'
import { backAfter, peak, simulate } from '../../bench/herd/simulate.js'
import { quantile } from '../../bench/statistics.js'

/** `limits.reconnectsPerSecond` by default; spelled out, so that changing it is a decision. */
const RATE = 1_000
const CLIENTS = 100_000
const WINDOW = 99_500

function lose(told: Told, away: number, clients = CLIENTS) {
  const random = seeded(20_261_121)
  const recovery = simulate(holdfast('Holdfast', told, random), { clients, away, capacity: 5_000, noticed: 0 }, random)
  return {
    peak: peak(recovery, away),
    refused: recovery.refused,
    back: (share: number) => backAfter(recovery, share) ?? Number.POSITIVE_INFINITY,
  }
}

/** When clients that lost the server make their first attempt, in ms. */
function firstRetries(clients: number): number[] {
  const policy = holdfast('Holdfast', { window: windowFor(clients) }, seeded(1))
  return Array.from({ length: clients }, (_, client) => policy.delay(client, 0) ?? Number.POSITIVE_INFINITY)
}

describe('a small site comes back at once', () => {
  test.each([1, 10, 100, 500, 600])('%i clients', (clients) => {
    expect(quantile(firstRetries(clients), 0.5)).toBeLessThan(100)
  })

  test('not all in one ms, though', () => {
    const retries = firstRetries(500)
    expect(quantile(retries, 0.9)).toBeGreaterThan(40)
    expect(quantile(retries, 0.1)).toBeLessThan(10)
  })
})

describe('100,000 clients that lose their server do not run it over', () => {
  test('the window is that of the default rate', () => expect(windowFor(CLIENTS)).toBe(WINDOW))

  test('where it is back at once', () => {
    const { peak, refused, back } = lose({ window: WINDOW }, 0)
    expect(peak).toBeLessThan(1.2 * RATE)
    expect(refused).toBe(0)
    expect(back(0.99)).toBeLessThan(WINDOW)
    expect(back(1)).toBeLessThan(WINDOW + 500)
  })

  // Those who found it away come again, beside those who come for the first time: e times the rate at most, after one window.
  test.each([5_000, 30_000, 60_000, 99_000])('where it is away for %i ms', (away) => {
    const { peak, refused, back } = lose({ window: WINDOW }, away)
    expect(peak).toBeLessThan(3.5 * RATE)
    expect(refused).toBe(0)
    expect(back(0.99)).toBeLessThan(away + WINDOW)
    expect(back(1)).toBeLessThan(away + WINDOW + 1_000)
  })

  test.each([0, 30_000, 60_000])('where most came when it was smaller, and it is away for %i ms', (away) => {
    const { peak, back } = lose({ window: grown(CLIENTS) }, away)
    expect(peak).toBeLessThan(5 * RATE)
    expect(back(0.99)).toBeLessThan(away + WINDOW)
  })

  test('where they were told by retry', () => {
    const { peak, back } = lose({ retry: 60_000 }, 30_000)
    expect(peak).toBeLessThan(3.5 * (CLIENTS / 60))
    expect(back(1)).toBeLessThan(91_000)
  })

  test('where they are asked to leave within a window', () => {
    const { peak, refused, back } = lose({ window: WINDOW, drain: 50_000 }, 0)
    expect(peak).toBeLessThan(1.2 * (CLIENTS / 50))
    expect(refused).toBe(0)
    expect(back(1)).toBeLessThan(50_500)
  })
})

test('where the server told nothing, a thousand are still no trouble', () => {
  const { peak, refused, back } = lose({}, 30_000, 1_000)
  // After some attempts they are spread over the longest backoff.
  expect(peak).toBeLessThan(150)
  expect(refused).toBe(0)
  expect(back(0.99)).toBeLessThan(60_000)
})
