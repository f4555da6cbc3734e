// Which tabs of the demo are open, as they tell each other. By question and answer: hidden tabs have slow timers, but
// hear messages at once. So silence is counted in questions, too, and not in seconds.

const name = 'holdfast-demo'
const every = 1_000
const silentAfter = 2
/** A tab that stands still for five seconds stays in the list. */
const goneAfter = 8

/** @param {() => object} describe what this tab tells of itself */
export function createRoster(describe) {
  const id = [...crypto.getRandomValues(new Uint32Array(2))].join('-')
  const since = performance.timeOrigin
  /** What others said last, and how many questions they have not answered since. */
  const others = new Map()
  let number = 1
  let channel
  let askedAt = -Infinity

  const say = (kind) => channel?.postMessage({ kind, from: id, number, since, about: describe() })

  /** Whoever asks, everybody answers, and everybody counts. */
  function asked() {
    askedAt = performance.now()
    for (const [from, other] of others) {
      other.unanswered += 1
      if (other.unanswered >= goneAfter) others.delete(from)
    }
  }

  function ask() {
    // Nobody looks at a hidden tab.
    if (document.hidden || performance.now() - askedAt < every * 0.9) return
    asked()
    say('who')
  }

  function hear({ data: { kind, from, ...tab } }) {
    if (kind === 'bye') others.delete(from)
    else {
      if (kind === 'who') asked()
      others.set(from, { ...tab, unanswered: 0 })
      chooseNumber(from, tab)
      if (kind === 'who') say('here')
    }
  }

  /** Of two with the same number the older one keeps it. */
  function chooseNumber(from, tab) {
    const isOlder = tab.since < since || (tab.since === since && from < id)
    if (tab.number !== number || !isOlder) return
    const taken = new Set([...others.values()].map((other) => other.number))
    for (number = 1; taken.has(number); ) number += 1
    say('here')
  }

  function join() {
    channel = new BroadcastChannel(name)
    channel.onmessage = hear
    say('who')
  }

  // A page that leaves says so, and one in the back/forward cache is not there either.
  addEventListener('pagehide', () => {
    say('bye')
    channel.close()
    channel = undefined
    others.clear()
  })
  addEventListener('pageshow', ({ persisted }) => persisted && join())
  document.addEventListener('visibilitychange', ask)
  setInterval(ask, every)
  join()

  return {
    /** Something about this tab has changed. */
    changed: () => say('here'),

    /** All tabs, this one too, by number. */
    all() {
      const mine = { id, number, isThis: true, isSilent: false, about: describe() }
      const rest = [...others].map(([id, { number, about, unanswered }]) => ({
        id,
        number,
        isThis: false,
        isSilent: unanswered >= silentAfter,
        about,
      }))
      return [mine, ...rest].sort((a, b) => a.number - b.number)
    },
  }
}
