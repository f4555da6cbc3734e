// One lane for each transport, with a gate in it, and one sentence on where such a gate stands in real life.

import { control } from './controls.js'
import { element } from './element.js'

/** What one tab switches is switched in all. */
const otherTabs = new BroadcastChannel('holdfast-demo:gates')

const lanes = [
  {
    gate: 'websocket',
    transport: 'websocket',
    title: 'WebSocket',
    modes: [
      {
        mode: 'pass',
        label: 'Passes',
        why: 'A clean network. After it was blocked, a probe finds that out: in half a minute at first.',
      },
      {
        mode: 'block',
        label: 'Blocked',
        why: 'A company proxy answers the upgrade with 403: it knows only plain HTTP.',
      },
      {
        mode: 'hang',
        label: 'Hangs',
        why: 'A firewall or an antivirus swallows the handshake, and nobody ever answers.',
      },
      {
        mode: 'swallow',
        label: 'Swallows',
        why: 'A proxy agrees to the upgrade, and then no frame gets through: it looks open, and is dead.',
      },
    ],
  },
  {
    gate: 'sse',
    transport: 'sse',
    title: 'SSE',
    modes: [
      { mode: 'pass', label: 'Passes', why: 'A clean network.' },
      {
        mode: 'buffer',
        label: 'Held back',
        why: 'A virus scanner or a caching proxy wants the whole response before it passes any of it on.',
      },
      {
        mode: 'block',
        label: 'Blocked',
        why: 'A gateway that cannot stream answers 502 to a response without an end.',
      },
    ],
  },
  {
    gate: 'poll',
    transport: 'long-poll',
    title: 'Long-polling',
    modes: [
      {
        mode: 'pass',
        label: 'Passes',
        why: 'Ordinary requests and responses: what lets the page itself through lets this through. A tab that joins late asks by it for what it missed.',
      },
      {
        mode: 'block',
        label: 'Blocked',
        why: 'The network is gone, or logged out of a café’s WLAN: with all three shut, only waiting is left.',
      },
    ],
  },
]

/** @param {HTMLElement} place @param {(error: Error) => void} onError */
export async function showGates(place, onError) {
  const inputs = new Map()
  const says = new Map()
  for (const lane of lanes) {
    const why = element('p', { class: 'lane-why', id: `why-${lane.gate}` })
    const say = (mode) => {
      why.textContent = lane.modes.find((entry) => entry.mode === mode).why
      fieldset.dataset.mode = mode
    }
    const choices = lane.modes.map(({ mode, label }) => {
      const input = element('input', {
        type: 'radio',
        name: `gate-${lane.gate}`,
        value: mode,
        checked: mode === 'pass',
      })
      inputs.set(`${lane.gate} ${mode}`, input)
      input.addEventListener('change', () => {
        say(mode)
        control('gate', { name: lane.gate, mode })
          .then(({ gates }) => otherTabs.postMessage(gates))
          .catch(onError)
      })
      return element('label', { class: 'choice' }, input, element('span', {}, label))
    })
    const fieldset = element(
      'fieldset',
      { class: 'lane', 'data-transport': lane.transport, 'aria-describedby': why.id },
      element('legend', {}, lane.title),
      element('span', { class: 'lane-wire', 'aria-hidden': 'true' }),
      element('div', { class: 'choices' }, ...choices),
      why,
    )
    says.set(lane.gate, say)
    say('pass')
    place.append(fieldset)
  }
  const show = (gates) => {
    for (const [gate, mode] of Object.entries(gates)) {
      inputs.get(`${gate} ${mode}`).checked = true
      says.get(gate)(mode)
    }
  }
  otherTabs.onmessage = ({ data }) => show(data)
  // A page that was reloaded, or opened later, finds the gates as they were left.
  show((await control('settings')).gates)
}

/** Lights up the lane that carries the events. */
export function lightLane(place, transport) {
  for (const lane of place.children) lane.toggleAttribute('data-live', lane.dataset.transport === transport)
}
