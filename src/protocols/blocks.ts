import { createParser } from 'eventsource-parser'
import { HoldfastError } from '../errors.js'
import type { DecoderSink } from '../seams.js'

/** Enough of a chunk to find the `id` of a block that begins at its end. */
const HEAD = 512
const TOPIC = 'topic '
const BLANK_LINE = /(\r\n|\n|\r(?!\n))(\r\n|\n|\r)/

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
  /** The last chunk in which a block ended, and the beginning of the one behind it: where an unfinished block begins. */
  let last = ''
  let behind = ''
  let current = ''
  let complete = false

  const flush = () => {
    if (loose !== undefined) {
      const id = loose
      loose = undefined
      sink.control({ kind: 'cursor', id })
    }
  }
  const tooLarge = (id?: string) =>
    new HoldfastError('event-too-large', `An event is larger than maxEventSize (${maxEventSize}); it was skipped.`, {
      id,
    })

  const parser = createParser({
    maxBufferSize: bounded ? maxEventSize : undefined,
    // The parser calls onId at the end of a block, before onEvent if the block holds an event too.
    onId(id) {
      complete = true
      flush()
      loose = id
    },
    onEvent({ event = 'message', data, id }) {
      complete = true
      if (id === undefined) flush()
      else loose = undefined
      if (data.length > maxEventSize) sink.control({ kind: 'rejected', error: tooLarge(id) })
      else sink.event(event, data, id, topic)
      topic = undefined
    },
    onComment(comment) {
      complete = true
      if (comment.startsWith(TOPIC)) topic = comment.slice(TOPIC.length)
    },
    onRetry: (delay) => sink.control({ kind: 'retry', delay }),
    onError({ type }) {
      // Unknown fields and a `retry` that is no number are ignored, as the standard says.
      if (type === 'max-buffer-size-exceeded') {
        const unfinished = (complete ? current : last + behind).split(BLANK_LINE).at(-1) ?? ''
        const error = tooLarge(/(?:^|[\r\n])id: ?([^\r\n]+)[\r\n]/.exec(unfinished)?.[1])
        sink.control({ kind: 'rejected', error })
        // What is left of the event would have to be read to be skipped: leaving the carrier is cheaper.
        sink.control({ kind: 'failed', error })
      }
    },
  })

  return {
    feed(text) {
      if (behind.length < HEAD) behind += text.slice(0, HEAD)
      complete = false
      current = text
      parser.feed(text)
      if (complete) {
        last = text
        behind = ''
      }
      flush()
    },
    reset() {
      topic = undefined
      parser.reset()
    },
  }
}
