// Says, large and clear, what carries the events now, and aloud only when it has come to rest.

import { element } from './element.js'
import { transportName } from './format.js'

const settle = 700

/** @param {{ heading: HTMLElement, transport: HTMLElement, status: HTMLElement, problem: HTMLElement, announcement: HTMLElement }} places */
export function showStatus(places) {
  let said = ''
  let timer

  return (state) => {
    const open = state.status === 'open'
    const follows = state.role === 'follower'
    places.heading.textContent = follows ? 'Transport in use, by the tab that leads' : 'Transport in use'
    places.transport.textContent = open
      ? transportName(state.transport)
      : state.status === 'closed'
        ? 'None'
        : 'Looking for a way'
    places.transport.dataset.transport = open ? state.transport : 'none'
    // One element, or the flex gap would part the words. The first two give way where there is no room.
    const words = open
      ? [element('span', { class: 'status-word' }, 'open over '), transportName(state.transport)]
      : [state.reason ? `closed: ${state.reason}` : state.status]
    places.status.replaceChildren(element('span', {}, ...words))
    places.status.dataset.status = state.status
    places.problem.hidden = !state.error || open
    places.problem.textContent = state.error ? `${state.error.code}: ${state.error.message}` : ''

    clearTimeout(timer)
    timer = setTimeout(() => {
      const by = follows ? ', by another tab' : ''
      const sentence = open
        ? `Connected over ${transportName(state.transport)}${by}.`
        : `The connection is ${state.status}.`
      if (sentence !== said) places.announcement.textContent = said = sentence
    }, settle)
  }
}
