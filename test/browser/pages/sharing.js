// What the tests in test/lifecycle/sharing ask of a tab, a frame or a worker: it joins the group that its URL names, and
// writes down what it hears. One classic script for all of them.
if (globalThis.importScripts) importScripts('/holdfast.js')

const settings = JSON.parse(new URLSearchParams(location.search).get('settings'))
const factories = { websocket: Holdfast.websocket, sse: Holdfast.sse, 'long-poll': Holdfast.longPoll }

/** A page that is loaded again is somebody else. */
const run = `${settings.name}.${Math.random()}`
const diary = {
  run,
  numbers: [],
  times: [],
  heard: [],
  gaps: [],
  errors: [],
  life: [],
  parts: [],
  sent: 0,
  confirmed: 0,
  failed: [],
}

// To play the foreign writer, a page must know the channel, whose name is nobody's business but the library's.
const channels = []
const overheard = []
let writer
globalThis.BroadcastChannel = class extends BroadcastChannel {
  constructor(name) {
    super(name)
    channels.push(name)
  }
}

const live = Holdfast.connect(settings.url ?? '/live', {
  transports: [factories[settings.transport]()],
  share: Holdfast.tabs({ identity: settings.identity ?? null }),
  ...(settings.plain && { protocol: Holdfast.plain() }),
  ...(settings.token && { headers: { authorization: `Bearer ${settings.token}` } }),
  ...settings.options,
})
live.on('number', ({ data }) => {
  diary.numbers.push(data)
  diary.times.push(Date.now())
})
live.on('*', ({ type, data }) => type !== 'number' && diary.heard.push(data))
// For a page that nobody can ask. The answer is a message of the type that the event names.
live.on('talk', () => commands.sendSteadily(40))
live.on('silence', () => commands.stopSending())
live.on('report', ({ data }) =>
  live.send(data, { ...diary, name: settings.name, role: live.state.role }).catch(() => {}),
)
live.onGap((gap) => diary.gaps.push(gap))
live.onError(({ code, message }) => diary.errors.push(`${code}: ${message}`))
globalThis.addEventListener('pageshow', ({ persisted }) => diary.life.push(persisted ? 'restored' : 'shown'))
globalThis.document?.addEventListener('freeze', () => diary.life.push('frozen'))
globalThis.document?.addEventListener('resume', () => diary.life.push('resumed'))

const ticks = []
let sending
const parts = new Map()

const commands = {
  summary: () => {
    const { role, status, transport } = live.state
    const { why } = live.explain().sharing
    const { sent, confirmed, failed, numbers } = diary
    const unconfirmed = sent - confirmed - failed.length
    return { run, role, why, status, transport, last: numbers.at(-1) ?? 0, confirmed, unconfirmed }
  },
  diary: () => diary,
  sharing: () => live.explain().sharing,
  /** What becomes of it. */
  send: (...message) =>
    live.send(...message).then(
      () => 'sent',
      ({ code }) => code,
    ),
  /** Sends run.1, then run.2 and so on, and does not wait for the outcome. */
  sendNext() {
    live.send('word', `${run}.${++diary.sent}`).then(
      () => diary.confirmed++,
      ({ code }) => diary.failed.push(code),
    )
  },
  sendSteadily(interval) {
    sending = setInterval(commands.sendNext, interval)
  },
  stopSending: () => clearInterval(sending),
  close: () => live.close(),
  /** Keeps the thread busy for so many ms. */
  block(duration) {
    // After the answer; a timer might be throttled.
    const { port1, port2 } = new MessageChannel()
    port1.onmessage = () => {
      const end = performance.now() + duration
      while (performance.now() < end);
      diary.life.push('was busy')
    }
    port2.postMessage('')
  },
  /** Writes down when a timer of 100 ms fires. */
  tick() {
    ticks.push(Date.now())
    setInterval(() => ticks.push(Date.now()), 100)
  },
  lastTick: () => ticks.at(-1),
  /** Listens on the library's channel as a stranger, from now on. */
  overhear() {
    writer = new BroadcastChannel(channels[0])
    writer.onmessage = ({ data }) => overheard.push(data)
  },
  /** Says on it what is no message of this version: garbage, and every message that was overheard with another version. Returns how many. */
  disturb() {
    const versions = [undefined, null, 0, 2, '1', 1.5].map((v) => overheard.map((message) => ({ ...message, v })))
    const maimed = overheard.flatMap((message) => [
      { ...message, kind: 'nonsense' },
      { ...message, from: undefined },
      { ...message, from: 7 },
    ])
    const garbage = [undefined, null, 0, 'lead', [], {}, new ArrayBuffer(9), new Map([['v', 1]]), { v: 1 }]
    const senseless = [
      { v: 1, from: 'a stranger', kind: 'toString' },
      { v: 1, from: 'a stranger', kind: 'lead', term: '9e99', status: 'open' },
      { v: 1, from: 'a stranger', kind: 'lead', term: 9e99 },
      { v: 1, from: 'a stranger', kind: 'batch', batch: 1, text: { length: 9 } },
      { v: 1, from: 'a stranger', kind: 'hello', number: 1, topics: 'all' },
    ]
    const all = [...versions.flat(), ...maimed, ...garbage, ...senseless]
    for (const message of all) writer.postMessage(message)
    return all.length
  },
  /** Another of the group inside this page: `iframe`, `worker` or `shared-worker`. */
  async open(kind, name) {
    const search = `?settings=${encodeURIComponent(JSON.stringify({ ...settings, name }))}`
    parts.set(name, await makers[kind](search))
  },
  ask: (name, ...request) => parts.get(name).ask(...request),
  end(name) {
    parts.get(name).end()
    parts.delete(name)
  },
}
globalThis.ask = async (command, ...args) => commands[command](...args)

/** Asks over a port, which answers with the number of the question. */
function asker(port) {
  const waiting = []
  port.onmessage = ({ data: [number, value] }) => waiting[number](value)
  return (...request) =>
    new Promise((resolve) => {
      port.postMessage([waiting.push(resolve) - 1, request])
    })
}

const makers = {
  async iframe(search) {
    const frame = document.createElement('iframe')
    frame.src = `sharing.html${search}`
    document.body.append(frame)
    await new Promise((resolve) => {
      frame.onload = resolve
    })
    return { ask: (...request) => frame.contentWindow.ask(...request), end: () => frame.remove() }
  },
  worker(search) {
    const worker = new Worker(`sharing.js${search}`)
    return { ask: asker(worker), end: () => worker.terminate() }
  },
  'shared-worker'(search) {
    const { port } = new SharedWorker(`sharing.js${search}`)
    // It ends with the last page that uses it.
    return { ask: asker(port), end() {} }
  },
}

if (globalThis.importScripts) {
  const answer = (port) => {
    port.onmessage = async ({ data: [number, request] }) => port.postMessage([number, await ask(...request)])
  }
  if ('onconnect' in globalThis) globalThis.onconnect = ({ ports: [port] }) => answer(port)
  else answer(globalThis)
}
