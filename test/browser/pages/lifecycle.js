// What the tests in test/lifecycle ask of a page: it connects, and writes down what it hears and what happens to it.
// A backoff that no test would wait for.
const reconnect = { minDelay: 60_000, maxDelay: 60_000 }
const factories = { websocket: Holdfast.websocket, sse: Holdfast.sse, 'long-poll': Holdfast.longPoll }

globalThis.diary = { numbers: [], gaps: [], events: [], openedAgain: undefined }
const now = () => Math.round(performance.now())

for (const [target, type] of [
  [globalThis, 'pageshow'],
  [globalThis, 'online'],
  [document, 'freeze'],
  [document, 'resume'],
]) {
  target.addEventListener(type, ({ persisted }) => {
    diary.events.push(persisted ? `${type} from the cache` : type)
    diary.wokeAt = now()
    diary.openedAgain = undefined
  })
}

/** Connects with one transport, and resolves when events can flow. */
globalThis.begin = async (transport, url, options) => {
  globalThis.live = Holdfast.connect(url, { transports: [factories[transport]()], reconnect, ...options })
  live.on('number', ({ data }) => diary.numbers.push(data))
  live.onGap((gap) => diary.gaps.push(gap))
  live.onStateChange(({ status }) => {
    if (status === 'open') diary.openedAgain ??= now() - diary.wokeAt
  })
  await live.opened
}

/** Says these in a pagehide listener of the page's own. */
globalThis.sayOnLeaving = (...words) => {
  addEventListener('pagehide', () => {
    for (const word of words) live.send('bye', word).catch(() => {})
  })
}

/** Sends, and does not wait for the outcome. */
globalThis.sendAndForget = (word) => {
  live.send('chat', word).catch(() => {})
}
