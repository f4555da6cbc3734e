import { connect, longPoll, sse, type Transport, tabs, websocket } from '../../../src/index.js'
import type { Item, Sent } from '../record.js'
import type { NumberData, SaidData } from '../server/messages.js'
import type { Order, PageSettings, Report, TransportName } from './messages.js'
import { linger, now, obey } from './orders.js'

// A page of a world: it connects, sends, and reports what it hears to the runner's desk, which answers with orders.

/** ms between two reports, unless an event asks for one. */
const REPORT_EVERY = 400

const settings: PageSettings = JSON.parse(new URLSearchParams(location.search).get('settings') ?? '')
const factories: Record<TransportName, () => Transport> = {
  websocket,
  sse,
  'long-poll': () => longPoll({ wait: settings.wait }),
}
/** A page that is loaded again is somebody else. */
const visit = `${settings.tab}.${Math.random().toString(36).slice(2)}`

let items: Item[] = []
const sent: Sent[] = []
let news = new Set<Sent>()
let explained: string | undefined
let silent = false
let token = ''

async function headers({ refused }: { refused: boolean }): Promise<HeadersInit> {
  if (refused || token === '') token = await (await fetch(`${settings.desk}/token?tab=${settings.tab}`)).text()
  return { authorization: `Bearer ${token}` }
}

const live = connect(settings.live, {
  transports: settings.transports.map((name) => factories[name]()),
  topics: settings.topics,
  ...(settings.shared && { share: tabs({ identity: null }) }),
  ...(settings.guarded && { headers }),
  ...(settings.reconnect && { reconnect: settings.reconnect }),
})

live.on('number', ({ data, id }) => {
  const { number, report: asked, text, length } = data as NumberData
  if (text.length !== length) items.push({ kind: 'wrong', what: `the text of ${number} was maimed`, at: now() })
  items.push({ kind: 'number', number, id, at: now() })
  if (asked) report()
  linger()
})
live.on('said', ({ data, id }) => {
  items.push({ kind: 'said', ...(data as SaidData), id, at: now() })
})
live.onGap(({ position, reason }) => items.push({ kind: 'gap', id: position, reason, at: now() }))
live.onError(({ code, message }) => {
  items.push({ kind: 'error', code, message, at: now() })
  // A server whose clock is not ours may take a token for old before anybody refused it.
  if (code === 'expired') token = ''
})
live.opened.then(
  () => {},
  (error) => items.push({ kind: 'wrong', what: `never open: ${error}`, at: now() }),
)
live.closed.then((reason) => items.push({ kind: 'wrong', what: `closed: ${reason}`, at: now() }))
let opened = false
live.onStateChange(({ status, transport, role, lastEventId }) => {
  if (status === 'open' && !opened) {
    opened = true
    items.push({ kind: 'open', id: lastEventId, at: now() })
  }
  items.push({ kind: 'state', status, transport, role, at: now() })
})

function send(): void {
  const message: Sent = { number: sent.length + 1, at: now() }
  sent.push(message)
  news.add(message)
  const settle = (outcome: string) => {
    if (message.outcome !== undefined) outcome = `settled twice: ${message.outcome}, ${outcome}`
    message.outcome = outcome
    message.settledAt = now()
    news.add(message)
  }
  live.send('say', { visit, number: message.number } satisfies SaidData).then(
    (reply) => settle(reply === message.number ? 'resolved' : `resolved with ${JSON.stringify(reply)}`),
    ({ code }) => settle(String(code)),
  )
}
const sending = setInterval(send, settings.sendEvery)

let number = 0
/** What is said until the desk has it. */
let pending: Report | undefined
let saying: AbortController | undefined
let since = 0
let again = false

async function report(): Promise<void> {
  if (saying) {
    again = true
    // A page that was frozen may wait for an answer that never comes.
    if (now() - since > 5000) saying.abort()
    return
  }
  saying = new AbortController()
  since = now()
  try {
    if (!pending) {
      pending = {
        visit,
        tab: settings.tab,
        number: ++number,
        topics: settings.topics,
        items,
        sent: [...news],
        explained,
        silent,
      }
      items = []
      news = new Set()
      explained = undefined
    }
    const said = await fetch(`${settings.desk}/report`, {
      method: 'POST',
      body: JSON.stringify(pending),
      signal: saying.signal,
    })
    const orders: Order[] = await said.json()
    pending = undefined
    for (const order of orders) take(order)
  } catch {
    // It is said again with the next one.
  } finally {
    saying = undefined
  }
  if (!again) return
  again = false
  report()
}

function take(order: Order): void {
  if (order.order === 'stop sending') {
    clearInterval(sending)
    silent = true
    report()
  } else if (order.order === 'explain') {
    explained = `${live.explain()}\n${JSON.stringify({ ...live.state, sharing: live.explain().sharing })}`
    report()
  } else obey(order, settings.desk)
}

// A request under way would keep the page out of the back/forward cache.
addEventListener('pagehide', () => saying?.abort())
addEventListener('pageshow', () => report())
setInterval(report, REPORT_EVERY)
report()
