import { HEARTBEAT_MARGIN, PROOF_TIMEOUT, RETRY_CEILING } from '../constants.js'
import { HoldfastError, toHoldfastError } from '../errors.js'
import { clamp } from '../kit/clamp.js'
import type { DecoderSink, Transport, Uplink } from '../seams.js'
import type { Attempt, AttemptOwner, Ready, Scope } from './contract.js'
import { createLiveness } from './liveness.js'
import type { Note } from './record.js'

const PING = '{"holdfast":"ping"}'
/** What stands for the answer to a hello where the server gives none. */
const OPEN_IS_READY: Ready = { kind: 'ready', id: undefined }

export function startAttempt(scope: Scope, transport: Transport, owner: AttemptOwner, note: Note): Attempt {
  const { env } = scope
  const { framing, protocol = scope.protocol } = transport
  const { native } = protocol
  const messages = framing === 'message'
  /** Aborts the run that hears now; stopped is aborted. */
  let controller: AbortController
  let uplink: Uplink | undefined
  let number = 1
  /** The newest hello was answered. */
  let settled = false
  let carrying = false
  /** Something was heard beside greetings: what tells an empty poll, and a POST that was answered with nothing. */
  let news = false
  /** The body that is being read has held a ready. */
  let greeted = false
  /** What has to come by the deadline. */
  let awaited: string

  const stop = () => {
    settled = false
    liveness.stop()
    deadline.stop()
    controller.abort()
  }
  const end = (error?: HoldfastError) => {
    stop()
    owner.ended(attempt, error)
  }
  const liveness = createLiveness(env, () =>
    end(new HoldfastError('silent', 'Nothing was heard for longer than the heartbeat.')),
  )
  const deadline = createLiveness(env, () => {
    const advice = native ? ' If the server does not speak Holdfast, use protocol: plain().' : ''
    end(new HoldfastError('timeout', `No ${awaited} ms.${advice}`))
  })
  const expect = (what: string, within = PROOF_TIMEOUT) => {
    awaited = `${what} within ${within}`
    deadline.due(within)
  }
  const ping = () => {
    expect('answer to a ping', HEARTBEAT_MARGIN)
    attempt.send(PING).catch(() => {}) // a failure has ended the attempt already
  }
  const prove = () => {
    // A pong is no answer to a hello that is still on its way.
    if (settled) deadline.stop()
    if (attempt.proven) return
    attempt.proven = true
    owner.proven(attempt)
  }
  const ready = (control: Ready) => {
    const fresh = !settled
    greeted = settled = true
    if (fresh) deadline.stop()
    owner.ready(attempt, control, fresh)
    // A request that was answered has proven both ways; a WebSocket may still swallow what the page says.
    if (controller.signal.aborted || attempt.proven) return
    if (messages && attempt.level > 2) ping()
    else prove()
  }

  const url = () => new URL(transport.url ?? scope.url, scope.url)
  const hello = () => {
    const said = owner.hello(number)
    attempt.topics = said.topics
    return said
  }
  const ask = (wait?: number) => protocol.ask(framing, url(), hello(), wait)

  const run = () => {
    controller = new AbortController()
    const { signal } = controller
    uplink = undefined
    const heard = <Arguments extends unknown[], Result>(tell: (...args: Arguments) => Result) => {
      return (...args: Arguments) => {
        if (signal.aborted) return
        liveness.touch()
        return tell(...args)
      }
    }
    const sink: DecoderSink = {
      event(type, data, id, topic) {
        if (!settled || !carrying) return
        news = true
        owner.event(type, data, id, topic)
      },
      control(control) {
        if (signal.aborted) return
        news ||= control.kind !== 'open' && control.kind !== 'ready'
        switch (control.kind) {
          case 'open':
            attempt.level = control.level ?? 1
            attempt.limit = control.limit
            if (framing !== 'body') {
              liveness.due(clamp(control.heartbeat, 0, RETRY_CEILING, RETRY_CEILING) + HEARTBEAT_MARGIN)
            }
            return
          case 'ready':
            if (control.hello === number) ready(control)
            return
          case 'pong':
            prove()
            break
          case 'failed':
            // What was rejected with it must be told first.
            return end(control.error)
        }
        if (settled && carrying) owner.control(control)
      },
    }
    const decoder = protocol.decoder(framing, sink, scope.maxEventSize)
    transport
      .run({
        env,
        signal,
        credentials: scope.credentials,
        hello,
        ask,
        post: () => ({ url: url().href, headers: owner.hello(number).headers }),
        opened: heard((way: Uplink) => {
          uplink = way
          if (native || settled) return
          // A plain server cannot prove itself: open is open.
          if (protocol.heartbeat) liveness.due(protocol.heartbeat)
          ready(OPEN_IS_READY)
        }),
        data: heard(decoder.data),
        end: (position) => {
          if (signal.aborted) return false
          // Where a cut body looks like a whole one, nothing at all is no answer.
          if (native && !greeted) throw new HoldfastError('network', 'A poll was answered with nothing.')
          greeted = false
          heard(decoder.end)(position)
          const some = news
          news = false
          return some
        },
        // Not a sign of life: a page that sends often would never notice that its stream has gone silent.
        answer: (text) => {
          news = false
          protocol.decoder('message', sink, scope.maxEventSize).data(text)
          if (!news) throw new HoldfastError('network', 'A POST was answered without an outcome.')
        },
        due(silence) {
          liveness.due(silence)
          if (!settled) expect('proof of life', Math.max(PROOF_TIMEOUT, silence))
        },
      })
      .then(
        () => signal.aborted || end(),
        (error) => signal.aborted || end(toHoldfastError(error)),
      )
  }

  const attempt: { -readonly [Key in keyof Attempt]: Attempt[Key] } = {
    transport,
    note,
    level: 0,
    limit: undefined,
    topics: [],
    proven: false,
    carry() {
      carrying = true
    },
    hello() {
      settled = false
      // What a plain server was once asked on a WebSocket cannot be asked anew.
      if (messages && !native) return ready(OPEN_IS_READY)
      expect('answer to a hello')
      if (!messages) {
        controller.abort()
        return run()
      }
      number++
      const { frame } = ask()
      if (frame) attempt.send(frame).catch(() => {})
    },
    async send(frame, leaving, late) {
      const { signal } = controller
      // Between two requests there is no way: what the next hello is answered with decides what goes again.
      if (!uplink) return new Promise(() => {})
      try {
        await uplink.send(frame, leaving, late)
      } catch (error) {
        const why = toHoldfastError(error)
        // Content Too Large is about the frame, not about the way; and where one request is given up another may pass.
        if (!leaving && !signal.aborted && !late?.aborted && why.status !== 413) end(why)
        throw why
      }
    },
    check() {
      if (messages && attempt.level > 2 && settled) ping()
    },
    stop,
  }

  expect('proof of life')
  run()
  return attempt
}
