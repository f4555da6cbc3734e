// Draws all open tabs of the demo, and what the one connection between them is doing.

import { element } from './element.js'
import { count, transportName } from './format.js'

/** @param {{ role: HTMLElement, summary: HTMLElement, list: HTMLElement }} places */
export function showTabs({ role, summary, list }) {
  const rows = new Map()

  /** @param {ReturnType<ReturnType<typeof import('./roster.js').createRoster>['all']>} tabs @param {number | undefined} connections */
  return (tabs, connections) => {
    const mine = tabs.find(({ isThis }) => isThis)
    role.hidden = false
    write(role, `Tab ${mine.number} ${partOf(mine.about)}`)
    const title = `${mine.about.role === 'leader' ? '★ ' : ''}Tab ${mine.number} · Holdfast`
    if (document.title !== title) document.title = title
    write(summary, summarize(tabs.length, connections))

    for (const [id, { row }] of rows) {
      if (tabs.some((tab) => tab.id === id)) continue
      row.remove()
      rows.delete(id)
    }
    tabs.forEach((tab, index) => {
      const parts = rows.get(tab.id) ?? drawRow(tab)
      rows.set(tab.id, parts)
      fill(parts, tab, tabs)
      if (list.children[index] !== parts.row) list.insertBefore(parts.row, list.children[index] ?? null)
    })
  }
}

function drawRow() {
  const name = element('span', { class: 'tab-name' })
  const badge = element('span', { class: 'badge' })
  const way = element('span', { class: 'tab-way' })
  const books = element('span', { class: 'tab-books figure' })
  return { row: element('li', { class: 'tab' }, name, badge, way, books), name, badge, way, books }
}

function fill({ row, name, badge, way, books }, tab, tabs) {
  const { role, status, transport, events, lost, doubled } = tab.about
  row.dataset.transport = status === 'open' ? transport : 'none'
  row.dataset.part = tab.isSilent ? 'silent' : (role ?? 'undecided')
  write(name, `Tab ${tab.number}${tab.isThis ? ', this one' : ''}`)
  write(badge, tab.isSilent ? 'silent' : partOf(tab.about))
  write(way, tab.isSilent ? 'Does not answer.' : wayOf(tab.about, tabs))
  write(books, `events ${count(events)}, lost ${count(lost)}, doubled ${count(doubled)}`)
  books.classList.toggle('bad', lost + doubled > 0)
}

function partOf({ role }) {
  return { leader: 'leads', follower: 'follows', alone: 'is alone' }[role] ?? 'joins'
}

function wayOf({ role, status, transport }, tabs) {
  const leader = tabs.find(({ about, isSilent }) => about.role === 'leader' && !isSilent)
  if (role === undefined) return 'Finds out who leads.'
  if (role === 'follower') return leader ? `Hears tab ${leader.number}.` : 'Hears the tab that leads.'
  if (status !== 'open') return 'Looks for a way to the server.'
  const line = role === 'leader' ? 'Holds the connection' : 'Has a connection of its own'
  return `${line}: ${transportName(transport)}.`
}

function summarize(tabs, connections) {
  const open = tabs === 1 ? 'One tab is open' : `${count(tabs)} tabs are open`
  if (connections === undefined) return `${open}.`
  return `${open}, and the server counts ${count(connections)} ${connections === 1 ? 'connection' : 'connections'} of yours.`
}

/** Only what is new, or whoever selects a text loses the selection. */
function write(place, text) {
  if (place.textContent !== text) place.textContent = text
}
