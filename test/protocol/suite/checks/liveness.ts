import { isEvent, members } from '../block.js'
import { type Check, endless, every, pollOnly, webSocketOnly } from '../check.js'
import { mustBeRefused, mustEndWithError } from '../refused.js'
import { must, mustEqual, NotChecked } from '../violation.js'

const section = 'Heartbeats'

/** Silence, and the end. */
export const livenessChecks: readonly Check[] = [
  {
    id: 'heartbeats.silence',
    section,
    level: 1,
    strength: 'MUST',
    sentences: [
      'A server MUST NOT be silent for longer than the `heartbeat` of its `open` on a WebSocket or an SSE stream.',
      'Where there is nothing else to say it sends a comment block, `:` and an empty line.',
    ],
    transports: endless,
    essential: true,
    async run(subject) {
      const { heartbeat } = subject.claims
      must(heartbeat !== undefined, 'open tells no heartbeat')
      const watch = heartbeat * 2.5
      if (watch > subject.patience) throw new NotChecked(`it takes ${watch} ms, more than ${subject.patience}`)
      const carrier = await subject.listen()
      const said = carrier.blocks.length
      await new Promise((resolve) => setTimeout(resolve, watch))
      must(carrier.end === undefined, `a quiet stream must stay open. ${carrier.transcript()}`)
      const moments = [...carrier.heard, performance.now()]
      const silences = moments.slice(1).map((moment, index) => moment - (moments[index] ?? 0))
      // A tenth and a moment for timers and for the way.
      const longest = Math.round(Math.max(...silences))
      must(longest <= heartbeat * 1.1 + 100, `silent for ${longest} ms, where the heartbeat is ${heartbeat}`)
      for (const { comment, text } of carrier.blocks.slice(said)) if (comment) mustEqual(text, ':\n\n', 'a heartbeat')
    },
  },
  {
    id: 'heartbeats.poll-is-due',
    section,
    level: 1,
    strength: 'MUST',
    sentences: ['A long-poll response that has nothing to bring is due within its `wait`.'],
    transports: pollOnly,
    async run(subject) {
      const began = performance.now()
      await (await subject.open({ wait: '600' })).ended(2000)
      const took = Math.round(performance.now() - began)
      must(took <= 1100, `the answer took ${took} ms, where wait was 600`)
    },
  },
  {
    id: 'heartbeats.poll-waits',
    section,
    level: 2,
    strength: 'MUST',
    sentences: ['`carrier=poll`', 'long-poll: how long the server may wait until there is something to say'],
    transports: pollOnly,
    needs: ['publish'],
    async run(subject) {
      const began = performance.now()
      const { id } = await (await subject.open()).own('ready')
      // Whoever answers without waiting takes no longer than for this first poll, a connection included.
      const atOnce = 2 * (performance.now() - began) + 50
      const waiting = subject.open({ cursor: id ?? '', wait: '20000' }).then(async (carrier) => {
        await carrier.ended(4000)
        return carrier
      })
      const early = await Promise.race([waiting, new Promise((resolve) => setTimeout(resolve, atOnce))])
      if (early !== undefined) throw new NotChecked('the server answers without waiting, as it may')
      const type = subject.unique('awaited')
      await subject.control.publish({ type })
      await (await waiting).onlyEvent(type)
    },
  },
  {
    id: 'ready.expires',
    section: 'ready',
    level: 1,
    strength: 'MUST',
    sentences: ['`expires`: how long this authorization lasts from now.'],
    transports: every,
    needs: ['tokens'],
    async run(subject) {
      const carrier = await subject.open({}, { authorization: 'Bearer suite-brief' })
      const { expires } = members(await carrier.own('ready'))
      must(
        typeof expires === 'number' && expires > 500 && expires <= 1000,
        `expires is ${expires}, the token lives 1000 ms`,
      )
    },
  },
  {
    id: 'error.expired',
    section: 'error',
    level: 1,
    strength: 'MUST',
    sentences: [
      'The last block on a carrier; the server closes.',
      '| `expired` | 401 | 1008 | connects again with fresh headers |',
    ],
    transports: endless,
    needs: ['tokens'],
    async run(subject) {
      const carrier = await subject.listen({}, { authorization: 'Bearer suite-brief' })
      await mustEndWithError(carrier, 'expired', 4000)
    },
  },
  {
    id: 'error.renewed',
    section: 'In a message',
    level: 1,
    strength: 'MUST',
    sentences: ['MAY be repeated at any time, for other topics, a fresh token, or another cursor.'],
    transports: webSocketOnly,
    needs: ['tokens', 'publish'],
    async run(subject) {
      const carrier = await subject.openBare()
      await subject.greet(carrier, 1, { headers: { authorization: 'Bearer suite-brief' } })
      await subject.greet(carrier, 2, { headers: { authorization: 'Bearer suite-alice' } })
      // The same token, later and not renewed: when it has expired, so would the other have.
      await (await subject.listen({}, { authorization: 'Bearer suite-brief' })).ended(4000)
      must(carrier.end === undefined, `the renewed stream must stay open. ${carrier.transcript()}`)
      const type = subject.unique('renewed')
      await subject.control.publish({ type })
      await carrier.next('the event', isEvent)
    },
  },
  {
    id: 'drain.shape',
    section: 'drain',
    level: 1,
    strength: 'MUST',
    sentences: [
      '*Shape*: `event: holdfast:drain`, data `{ window: number }`. The server is about to stop.',
      'Nothing is lost by it.',
    ],
    transports: endless,
    needs: ['drain', 'publish', 'restart'],
    last: true,
    async run(subject) {
      const carrier = await subject.listen()
      await subject.control.drain(3000)
      const { window } = members(await carrier.own('drain'))
      must(typeof window === 'number' && window > 0 && window <= 3000, `window is ${window}, asked for were 3000`)
      const type = subject.unique('during')
      await subject.control.publish({ type })
      await carrier.event(type)
    },
  },
  {
    id: 'drain.newcomers',
    section: 'error',
    level: 1,
    strength: 'MUST',
    sentences: ['| `unavailable` | 503 | 1013 | connects again after `retryAfter`, with backoff |'],
    transports: every,
    needs: ['drain', 'restart'],
    last: true,
    async run(subject) {
      await subject.control.drain(3000)
      // Whether a server about to stop still takes somebody is its own affair; how it refuses is not.
      const carrier = await subject.open()
      if (carrier.end?.refused === undefined) {
        const answer = await carrier.next('a ready or an error', ({ type }) => /ready|error/.test(type ?? ''))
        if (answer.type === 'holdfast:ready') return
      }
      await mustBeRefused(carrier, 'unavailable')
    },
  },
]
