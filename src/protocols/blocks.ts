import { createParser } from 'eventsource-parser'
import { HoldfastError } from '../errors.js'
import type { DecoderSink } from '../seams.js'

/** Beside an event: what is in front of it in the chunk that it begins in, and lines that count for nothing. */
const SLACK = 1_000_000
const TOPIC = 'topic '
const BLANK_LINE = /(\r\n|\n|\r(?!\n)){2}/

/**
 * Reads `text/event-stream` blocks, with bounded memory, and tells blocks that hold an id alone from events.
 * @param bounded whether text may be buffered between two feeds; a message brings all of it at once
 */
export function createBlocks(
  sink: DecoderSink,
  maxEventSize: number,
  bounded: boolean,
): { feed(text: string): void; reset(): void } {
  let loose: string | undefined
  /** PROTOCOL.md, "Events": whom the event of this block is for, said in a comment. */
  let topic: string | undefined
  /** What was fed last, and what was fed from the chunk on in which an event or an id ended. */
  let fed = ''
  let held = ''

  const flush = () => {
    if (loose !== undefined) {
      const id = loose
      loose = undefined
      sink.control({ kind: 'cursor', id })
    }
  }
  const reject = (id?: string) => {
    const why = `An event is larger than maxEventSize (${maxEventSize}); it was skipped.`
    const error = new HoldfastError('event-too-large', why, { id })
    sink.control({ kind: 'rejected', error })
    return error
  }

  const parser = createParser({
    maxBufferSize: bounded ? maxEventSize : undefined,
    // The parser calls onId at the end of a block, before onEvent if the block holds an event too.
    onId(id) {
      held = fed
      flush()
      loose = id
    },
    onEvent({ event = 'message', data, id }) {
      held = fed
      if (id === undefined) flush()
      else loose = undefined
      if (data.length > maxEventSize) reject(id)
      else sink.event(event, data, id, topic)
      topic = undefined
    },
    onComment(comment) {
      if (comment.startsWith(TOPIC)) topic = comment.slice(TOPIC.length)
    },
    onRetry: (delay) => sink.control({ kind: 'retry', delay }),
    onError({ type }) {
      // Unknown fields and a `retry` that is no number are ignored, as the standard says.
      if (type === 'max-buffer-size-exceeded') {
        // Its end may have come already, with others behind it.
        const large = held.split(BLANK_LINE).find(({ length }) => length > maxEventSize)
        const error = reject(large?.match(/(?:^|[\r\n])id: ?([^\r\n]+)[\r\n]/)?.[1])
        // What is left of the event would have to be read to be skipped: leaving the carrier is cheaper.
        sink.control({ kind: 'failed', error })
      }
    },
  })

  return {
    feed(text) {
      // What the parser keeps, and some of what it lets go of.
      if (held.length < maxEventSize + SLACK) held += text
      parser.feed((fed = text))
      flush()
    },
    reset() {
      topic = undefined
      fed = held = ''
      parser.reset()
    },
  }
}
