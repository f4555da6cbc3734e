// The figures of the stream.

import { element } from './element.js'
import { count, duration } from './format.js'

const facts = [
  {
    key: 'age',
    label: 'Event delay',
    note: 'Server’s stamp to this page’s listener, clocks aligned to within half a round trip. Median.',
  },
  {
    key: 'roundTrip',
    label: 'Send and reply',
    note: 'From send() to its reply, by this page’s clock alone. Median.',
  },
  { key: 'events', label: 'Events', note: 'Received since the page was opened.' },
  {
    key: 'lost',
    label: 'Lost or doubled',
    note: 'Counted by the server’s own numbers. Must stay 0.',
  },
  { key: 'gaps', label: 'Gaps told', note: 'Where the server had no history any more, and said so.' },
  { key: 'id', label: 'Last event id', note: 'From here the stream goes on after a break.' },
]

/** @param {HTMLElement} place */
export function showFacts(place) {
  const values = new Map()
  for (const { key, label, note } of facts) {
    const value = element('dd', { class: 'fact-value figure' }, '–')
    values.set(key, value)
    place.append(
      element(
        'div',
        { class: 'fact' },
        element('dt', {}, label),
        value,
        element('dd', { class: 'fact-note hint' }, note),
      ),
    )
  }
  const say = (key, text) => {
    const value = values.get(key)
    if (value.textContent !== text) value.textContent = text
  }

  return ({ books, latency, state }) => {
    say('age', duration(latency.age()))
    say('roundTrip', duration(latency.roundTrip()))
    say('events', count(books.events))
    say('lost', `${count(books.lost)} / ${count(books.twice)}`)
    values.get('lost').classList.toggle('bad', books.lost + books.twice > 0)
    say('gaps', books.gaps === 0 ? '0' : `${count(books.gaps)} (${count(books.missingInGaps)} events)`)
    say('id', state.lastEventId ?? '–')
  }
}
