// Things that happen once, each with a button and a sentence.

import { control } from './controls.js'
import { element } from './element.js'

/** What may happen to the network and to the server: cut, restart, expire. */
export const accidents = [
  {
    label: 'Kill all connections',
    why: 'A router reboots, a phone changes cells: every connection of yours is reset.',
    run: () => control('cut'),
  },
  {
    label: 'Restart the server',
    why: 'A deployment: its port is closed for two seconds. The history is kept, so nothing is lost. For everybody here.',
    run: () => control('restart', { keepHistory: true }),
  },
  {
    label: 'Restart it, history lost',
    why: 'It crashed and its memory is gone: what was missed cannot be told any more, and the page is told that. For everybody here.',
    run: () => control('restart', { keepHistory: false }),
  },
  {
    label: 'Expire the token',
    why: 'A session ends on the server, which says so and drops the line. The page fetches a fresh token and goes on where it was.',
    run: () => control('expire'),
  },
]

/**
 * @param {HTMLElement} place
 * @param {{ label: string, why: string, run: () => Promise<unknown> }[]} actions
 * @param {(error: Error) => void} onError
 */
export function showActions(place, actions, onError) {
  actions.forEach(({ label, why, run }, index) => {
    const text = element('p', { class: 'hint', id: `${place.id}-${index}` }, why)
    const button = element('button', { type: 'button', 'aria-describedby': text.id }, label)
    button.addEventListener('click', async () => {
      // Not `disabled`, which would take the focus away from whoever uses a keyboard.
      if (button.getAttribute('aria-busy') === 'true') return
      button.setAttribute('aria-busy', 'true')
      await run().catch(onError)
      button.setAttribute('aria-busy', 'false')
    })
    place.append(element('div', { class: 'action' }, button, text))
  })
}
