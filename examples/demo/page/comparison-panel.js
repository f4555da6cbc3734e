// Draws the comparison as bars with figures, one table for each number of messages.

import { compare, contestants, counts } from './comparison.js'
import { element } from './element.js'
import { count as asCount, duration, transportName } from './format.js'

/** @param {{ place: HTMLElement, button: HTMLElement, progress: HTMLElement }} parts */
export function showComparison({ place, button, progress }) {
  const groups = new Map(counts.map((count) => [count, drawGroup(count)]))
  place.append(...[...groups.values()].map(({ table }) => table))
  let running

  button.addEventListener('click', async () => {
    if (running) {
      running.abort()
      return
    }
    running = new AbortController()
    button.textContent = 'Stop'
    for (const { clear } of groups.values()) clear()
    await compare({
      signal: running.signal,
      onStart: ({ count, transport }) => {
        progress.textContent = `${asCount(count)} messages over ${transportName(transport)} …`
        groups.get(count).start(transport)
      },
      onResult: (result) => groups.get(result.count).show(result),
    })
    progress.textContent = running.signal.aborted
      ? 'Stopped.'
      : 'Done. Shorter is quicker; each table has a scale of its own.'
    for (const { settle } of groups.values()) settle()
    button.textContent = 'Run it again'
    running = undefined
  })
}

function drawGroup(count) {
  const rows = new Map(contestants.map(({ transport }) => [transport, drawRow(transport)]))
  const results = new Map()
  const table = element(
    'table',
    { class: 'comparison-group' },
    element('caption', {}, `${asCount(count)} messages`),
    element(
      'thead',
      { class: 'visually-hidden' },
      element('tr', {}, ...['Transport', 'Bar', 'Time'].map((text) => element('th', { scope: 'col' }, text))),
    ),
    element('tbody', {}, ...[...rows.values()].map(({ row }) => row)),
  )

  return {
    table,
    clear() {
      results.clear()
      for (const { row, bar, figure } of rows.values()) {
        row.dataset.state = 'waiting'
        bar.style.width = '0'
        figure.textContent = '–'
      }
    },
    start(transport) {
      rows.get(transport).row.dataset.state = 'running'
    },
    show({ transport, took }) {
      const { row, figure } = rows.get(transport)
      row.dataset.state = took === undefined ? 'failed' : 'done'
      if (took === undefined) figure.textContent = 'no way through'
      else figure.replaceChildren(duration(took), element('small', {}, `${asCount(count / (took / 1000))}/s`))
      if (took !== undefined) results.set(transport, took)
      const longest = Math.max(...results.values())
      for (const [name, ms] of results) rows.get(name).bar.style.width = `${Math.max(1, (ms / longest) * 100)}%`
    },
    settle() {
      for (const { row } of rows.values()) if (row.dataset.state === 'running') row.dataset.state = 'waiting'
    },
  }
}

function drawRow(transport) {
  const bar = element('span', { class: 'bar' })
  const figure = element('td', { class: 'comparison-figure figure' }, '–')
  const row = element(
    'tr',
    { 'data-transport': transport, 'data-state': 'waiting' },
    element('th', { scope: 'row' }, transportName(transport)),
    element('td', { class: 'comparison-bar' }, element('span', { class: 'track', 'aria-hidden': 'true' }, bar)),
    figure,
  )
  return { row, bar, figure }
}
