// Draws explain(): attempts that ran together are one round, with one time axis, so that the staggered start can be seen.

import { element } from './element.js'
import { duration, timeOfDay, transportName } from './format.js'

const mostRounds = 12
/** Attempts that start this soon after another ended still belong to it: a failure starts the next at once. */
const together = 20

const words = { pending: 'trying', used: 'in use', lost: 'not needed', failed: 'failed' }

/** What it is to follow: to this tab, its leader is the way to the server. */
const following = {
  used: 'This tab hears its leader, which holds the connection and passes on what comes. What this tab sends goes straight to the server.',
  pending: 'This tab asks the tab that leads to pass on what comes.',
  lost: 'This tab did not need the tab that led any more.',
}

/**
 * @param {{ part: HTMLElement, list: HTMLElement, remembered: HTMLElement, asText: HTMLDetailsElement }} places
 * @param {import('holdfast').Explanation} explanation
 */
export function drawTimeline({ part, list, remembered, asText }, explanation) {
  const rounds = inRounds(explanation.attempts).slice(-mostRounds).reverse()
  const { status, transport, role } = explanation.state
  const carrier = role === 'follower' ? 'tabs' : transport
  const isNow = (attempt) => attempt.outcome === 'used' && attempt.transport === carrier
  const now = status === 'open' ? explanation.attempts.findLast(isNow) : undefined
  // A bar that is not over yet grows.
  const grows = rounds.some(isRunning) && Date.now()
  const signature = JSON.stringify([rounds, now, grows])
  if (list.dataset.signature !== signature) {
    list.dataset.signature = signature
    list.replaceChildren(...rounds.map((round) => drawRound(round, now)))
  }
  const partNow = partInWords(explanation.sharing)
  if (part.textContent !== partNow) part.textContent = partNow
  if (asText.open) asText.querySelector('pre').textContent = String(explanation)
  const notes = explanation.remembered.map(
    ({ transport, until }) => `${transportName(transport)} until ${timeOfDay(until)}`,
  )
  remembered.hidden = notes.length === 0
  remembered.textContent = `Remembered as not passing here: ${notes.join(', ')}.`
}

function partInWords({ role, why, followers }) {
  if (role === 'follower') return 'This tab follows: it has no connection of its own, and hears the tab that leads.'
  if (role === 'alone') return `This tab is alone. ${why}`
  if (role === undefined) return why
  if (followers === 0) return 'This tab leads: it holds the connection. No other tab is open.'
  return `This tab leads: it holds the connection, and ${followers === 1 ? 'one tab hears' : `${followers} tabs hear`} it from here.`
}

function inRounds(attempts) {
  const rounds = []
  let end = -Infinity
  for (const attempt of attempts) {
    if (attempt.startedAt > end + together) rounds.push([])
    rounds.at(-1).push(attempt)
    end = Math.max(end, attempt.took === undefined ? Infinity : attempt.startedAt + attempt.took)
  }
  return rounds
}

const isRunning = (round) => round.some(({ took }) => took === undefined)

function drawRound(round, now) {
  const start = round[0].startedAt
  const running = isRunning(round)
  const ends = round.map(({ startedAt, took }) => (took === undefined ? Date.now() : startedAt + took))
  const length = Math.max(1, ...ends.map((end) => end - start))
  return element(
    'li',
    { class: 'round' },
    element(
      'p',
      { class: 'round-time' },
      element('span', { class: 'figure' }, timeOfDay(start)),
      running ? ' · going on' : ` · ${duration(length)}`,
    ),
    element('ul', {}, ...round.map((attempt) => drawAttempt(attempt, { start, length, now }))),
  )
}

function drawAttempt(attempt, { start, length, now }) {
  const { transport, startedAt, took, why } = attempt
  // "Used" stays in the record of what was used once; only one attempt is what carries the events now.
  const outcome = attempt.outcome === 'used' && attempt !== now ? 'was used' : words[attempt.outcome]
  const bar = element('span', { class: 'bar' })
  bar.style.left = `${((startedAt - start) / length) * 100}%`
  bar.style.width = took === undefined ? 'auto' : `${Math.max(0.8, (took / length) * 100)}%`
  const offset = startedAt > start ? `after ${duration(startedAt - start)}` : 'at once'
  return element(
    'li',
    { class: 'attempt', 'data-transport': transport, 'data-outcome': attempt === now ? 'now' : attempt.outcome },
    element('span', { class: 'attempt-name' }, transportName(transport)),
    element('span', { class: 'badge' }, outcome),
    element('span', { class: 'attempt-times' }, `started ${offset}, took ${took === undefined ? '…' : duration(took)}`),
    element('span', { class: 'track', 'aria-hidden': 'true' }, bar),
    element('span', { class: 'why' }, asSentence((transport === 'tabs' && following[attempt.outcome]) || why)),
  )
}

/** With the names that people use, and a capital unless it begins with an address. */
function asSentence(text) {
  return text
    .replace(/\b(websocket|sse|long-poll)\b/g, transportName)
    .replace(/^(?!https?:)./, (letter) => letter.toUpperCase())
}
