// A chat that shows what send() promises: pending until the server has it, then delivered, whatever happens in between.

import { element } from './element.js'
import { timeOfDay } from './format.js'

const mostLines = 100

/**
 * @param {{ list: HTMLElement, form: HTMLFormElement, connection: import('holdfast').Connection }} parts
 */
export function showChat({ list, form, connection }) {
  /** My lines that have not come back on the stream yet. */
  const mine = new Map()
  const shown = new Set()

  form.addEventListener('submit', async (submit) => {
    submit.preventDefault()
    const text = form.elements.text.value.trim()
    if (!text) return
    form.reset()
    const key = [...crypto.getRandomValues(new Uint32Array(2))].map((part) => part.toString(36)).join('')
    const line = append({ text, name: 'You', at: Date.now() })
    line.classList.add('mine')
    mine.set(key, line)
    tell(line, 'pending', 'on its way')
    try {
      await connection.send('chat', { text, key })
      tell(line, 'delivered', 'the server has it')
    } catch (error) {
      mine.delete(key)
      tell(line, 'failed', `not delivered: ${error.message}`)
    }
  })

  function append({ text, name, at }) {
    const line = element(
      'div',
      { class: 'line' },
      element('p', { class: 'line-text' }, text),
      element('p', { class: 'line-about' }, `${name}, ${timeOfDay(at)}`),
    )
    const atEnd = list.scrollHeight - list.scrollTop - list.clientHeight < 40
    list.append(line)
    while (list.children.length > mostLines) list.firstElementChild.remove()
    if (atEnd) list.scrollTop = list.scrollHeight
    return line
  }

  function tell(line, state, words) {
    line.dataset.state = state
    line.querySelector('.line-state')?.remove()
    line.querySelector('.line-about').append(element('span', { class: 'line-state' }, words))
  }

  /** One line from the stream, or from the state that the page fetched. */
  function receive({ key, text, name, at }) {
    if (shown.has(key)) return
    shown.add(key)
    const own = mine.get(key)
    mine.delete(key)
    if (!own) append({ text, name, at })
  }

  return { receive }
}
