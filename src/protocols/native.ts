import { HoldfastError } from '../errors.js'
import { fromBase64 } from '../kit/base64.js'
import type { Control, Protocol } from '../seams.js'
import { createBlocks } from './blocks.js'

/** PROTOCOL.md, "Events": how bytes stand in a line of `data`. No JSON text begins with `b`. */
const BYTES = 'base64:'

/** The protocol of PROTOCOL.md: the server speaks first, positions are opaque, sends are acknowledged. */
export const native: Protocol = {
  name: 'holdfast',
  native: true,

  ask(framing, url, hello, wait) {
    // The rest travels under its own names.
    const { number, cursor, topics, headers, ...rest } = hello
    // What is secret must not stand in a URL, and a query cannot be said twice: then the hello is a message.
    if (framing === 'message' && (number > 1 || Object.keys(headers).length)) {
      url.searchParams.append('hello', 'frame')
      const frame = JSON.stringify({ holdfast: 'hello', version: 1, hello: number, cursor, topics, headers, ...rest })
      return { url: url.href, headers: {}, frame }
    }
    const poll = framing === 'body' && { carrier: 'poll', wait }
    for (const [name, values] of Object.entries({ holdfast: 1, ...poll, cursor, topic: topics, ...rest })) {
      for (const value of [values ?? []].flat()) url.searchParams.append(name, `${value}`)
    }
    return { url: url.href, headers: { accept: 'text/event-stream', ...headers } }
  },

  decoder(framing, sink, maxEventSize) {
    let opened = false
    const fail = (code: string, message: string, cause?: unknown) =>
      sink.control({ kind: 'failed', error: new HoldfastError(code, message, { cause }) })

    const strange = () =>
      fail('protocol', 'The server does not speak Holdfast. If it is not meant to, use protocol: plain().')
    const read = (kind: string, data: string, id: string | undefined) => {
      if (kind === 'open') opened = true
      if (kind === 'ready' && !opened) return strange()
      let control: Control & { code?: string; message?: string; retryAfter?: number; data?: unknown; bytes?: string }
      try {
        control = { ...JSON.parse(data), kind, id }
        if (control.kind === 'result') {
          control.value = control.bytes === undefined ? control.data : fromBase64(control.bytes)
        }
        if (kind === 'error') {
          // Texts, whatever they are: somebody else's server may have written this.
          const { code = kind, message = '', retryAfter } = control
          control = { kind: 'failed', error: new HoldfastError(`${code}`, `${message}`, { retryAfter }) }
        }
      } catch (cause) {
        return fail('malformed', `The server's holdfast:${kind} is malformed.`, cause)
      }
      sink.control(control)
    }

    const blocks = createBlocks(
      {
        event(type, data, id, topic) {
          if (type.startsWith('holdfast:')) {
            const kind = /^holdfast:(open|ready|gap|result|drain|error|pong)$/.exec(type)?.[1]
            if (kind) read(kind, `${data}`, id)
          } else if (opened) sink.event(type, data, id, topic)
          else strange()
        },
        control: sink.control,
      },
      maxEventSize,
      framing !== 'message',
    )

    return {
      data(data) {
        // A binary message ends up as text that is no block: the same as any other server that says something else.
        blocks.feed(typeof data === 'string' ? data : 'data:\n\n')
        if (framing === 'message') blocks.reset()
      },
      end() {
        blocks.reset()
        opened = false
      },
    }
  },

  decode(data) {
    if (typeof data !== 'string') return data
    return data.startsWith(BYTES) ? fromBase64(data.slice(BYTES.length)) : JSON.parse(data)
  },
}
