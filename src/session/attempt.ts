import { HEARTBEAT_MARGIN, PROOF_TIMEOUT, RETRY_CEILING } from '../constants.js'
import { HoldfastError, toHoldfastError } from '../errors.js'
import { clamp } from '../kit/clamp.js'
import type { Control, DecoderSink, Transport, Uplink } from '../seams.js'
import type { Attempt, AttemptOwner, Ready, Scope } from './contract.js'
import { createLiveness } from './liveness.js'

const PING = '{"holdfast":"ping"}'

export function startAttempt(scope: Scope, transport: Transport, owner: AttemptOwner): Attempt {
  const { env } = scope
  const { protocol = scope.protocol } = transport
  const messages = transport.framing === 'message'
  let controller: AbortController
  let uplink: Uplink | undefined
  let number = 0
  let level = 0
  let limit: number | undefined
  let over = false
  /** The newest hello was answered. */
  let settled = false
  let proven = false
  /** What the newest hello asked for. */
  let topics: readonly string[] = []
  /** How much was heard beside greetings: what tells an empty poll, and a POST that was answered with nothing. */
  let news = 0
  let told = 0
  /** The body that is being read has held a ready. */
  let greeted = false
  let carrying = false
  /** Both of the above, and not over: looked at for every event. */
  let delivering = false
  let deadline: unknown

  const stop = () => {
    over = true
    delivering = false
    liveness.stop()
    env.clearTimeout(deadline)
    controller.abort()
  }
  const end = (error?: HoldfastError) => {
    if (over) return
    stop()
    owner.ended(attempt, error)
  }
  const liveness = createLiveness(env, () =>
    end(new HoldfastError('silent', 'Nothing was heard for longer than the heartbeat: the connection is dead.')),
  )
  const expect = (what: string, within = PROOF_TIMEOUT) => {
    env.clearTimeout(deadline)
    deadline = env.setTimeout(() => {
      const advice = protocol.native ? ' If the server does not speak Holdfast, use protocol: plain().' : ''
      end(new HoldfastError('timeout', `No ${what} within ${within} ms.${advice}`))
    }, within)
  }
  const say = (frame: string) => void attempt.send(frame).catch(() => {}) // a failure has ended the attempt already
  const ping = () => {
    expect('answer to a ping', HEARTBEAT_MARGIN)
    say(PING)
  }
  const prove = () => {
    // A pong is no answer to a hello that is still on its way.
    if (settled) env.clearTimeout(deadline)
    if (proven) return
    proven = true
    owner.proven(attempt)
  }

  const ready = (control: Ready) => {
    const fresh = !settled
    greeted = true
    settled = true
    delivering = carrying
    if (fresh) env.clearTimeout(deadline)
    owner.ready(attempt, control, fresh)
    // A request that was answered has proven both ways; a WebSocket may still swallow what the page says.
    if (over || proven) return
    if (messages && level > 2) ping()
    else prove()
  }

  const control = (control: Control) => {
    if (control.kind !== 'open' && control.kind !== 'ready') news++
    switch (control.kind) {
      case 'open':
        level = control.level ?? 1
        limit = control.limit
        if (transport.framing !== 'body') {
          liveness.due(clamp(control.heartbeat, 0, RETRY_CEILING, RETRY_CEILING) + HEARTBEAT_MARGIN)
        }
        return
      case 'ready':
        if (control.hello === number) ready(control)
        return
      case 'pong':
        return prove()
      case 'failed':
        // What was rejected with it must be told first.
        return end(control.error)
      default:
        if (delivering) owner.control(control)
    }
  }

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
      event: (type, data, id, topic) => {
        if (!delivering) return
        news++
        owner.event(type, data, id, topic)
      },
      control: (message) => {
        if (!signal.aborted) control(message)
      },
    }
    const decoder = protocol.decoder(transport.framing, sink, scope.maxEventSize)
    const hello = () => {
      const said = owner.hello(number)
      topics = said.topics
      return said
    }
    const url = () => new URL(transport.url ?? scope.url, scope.url)
    transport
      .run({
        env,
        signal,
        credentials: scope.credentials,
        hello,
        ask: (wait) => protocol.ask(transport.framing, url(), hello(), wait),
        post: () => ({ url: url().href, headers: owner.hello(number).headers }),
        opened: heard((way: Uplink) => {
          uplink = way
          if (protocol.native || settled) return
          // A plain server cannot prove itself: open is open.
          if (protocol.heartbeat) liveness.due(protocol.heartbeat)
          ready({ kind: 'ready', id: undefined })
        }),
        data: heard(decoder.data),
        end: (position) => {
          if (signal.aborted) return false
          // Where a cut body looks like a whole one, nothing at all is no answer.
          if (protocol.native && !greeted) throw new HoldfastError('network', 'A poll was answered with nothing.')
          greeted = false
          heard(decoder.end)(position)
          const some = news > told
          told = news
          return some
        },
        // Not a sign of life: a page that sends often would never notice that its stream has gone silent.
        answer: (text) => {
          if (signal.aborted) return
          const before = news
          protocol.decoder('message', sink, scope.maxEventSize).data(text)
          if (news === before) throw new HoldfastError('network', 'A POST was answered without an outcome.')
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

  const attempt: Attempt = {
    transport,
    get level() {
      return level
    },
    get limit() {
      return limit
    },
    get topics() {
      return topics
    },
    get proven() {
      return proven
    },
    carry() {
      carrying = true
      delivering = settled
    },
    hello() {
      settled = delivering = false
      // What a plain server was once asked on a WebSocket cannot be asked anew.
      if (messages && !protocol.native) return ready({ kind: 'ready', id: undefined })
      expect('answer to a hello')
      if (!messages) {
        controller.abort()
        run()
      } else {
        const hello = owner.hello(++number)
        topics = hello.topics
        const { frame } = protocol.ask('message', new URL(scope.url), hello)
        if (frame) say(frame)
      }
    },
    async send(frame, leaving) {
      const mine = controller
      try {
        await uplink?.send(frame, leaving)
      } catch (error) {
        const why = toHoldfastError(error)
        // Content Too Large is about the frame, not about the way.
        if (!leaving && !mine.signal.aborted && why.status !== 413) end(why)
        throw why
      }
    },
    check() {
      if (messages && level > 2 && settled) ping()
    },
    stop,
  }

  number = 1
  expect('proof of life')
  run()
  return attempt
}
