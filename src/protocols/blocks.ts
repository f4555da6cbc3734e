import { createParser } from 'eventsource-parser'
import { PIECE } from '../constants.js'
import { HoldfastError } from '../errors.js'
import type { DecoderSink } from '../seams.js'

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
  /** What was fed last, and what was fed from the chunk on in which a block ended: there an unfinished one begins. */
  let fed = ''
  let held = ''

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
      held = fed
      flush()
      loose = id
    },
    onEvent({ event = 'message', data, id }) {
      held = fed
      if (id === undefined) flush()
      else loose = undefined
      if (data.length > maxEventSize) sink.control({ kind: 'rejected', error: tooLarge(id) })
      else sink.event(event, data, id, topic)
      topic = undefined
    },
    onComment(comment) {
      // Any other comment stands between blocks.
      if (comment.startsWith(TOPIC)) topic = comment.slice(TOPIC.length)
      else held = fed
    },
    onRetry: (delay) => sink.control({ kind: 'retry', delay }),
    onError({ type }) {
      // Unknown fields and a `retry` that is no number are ignored, as the standard says.
      if (type === 'max-buffer-size-exceeded') {
        const unfinished = held.split(BLANK_LINE).pop()
        const error = tooLarge(unfinished?.match(/(?:^|[\r\n])id: ?([^\r\n]+)[\r\n]/)?.[1])
        sink.control({ kind: 'rejected', error })
        // What is left of the event would have to be read to be skipped: leaving the carrier is cheaper.
        sink.control({ kind: 'failed', error })
      }
    },
  })

  return {
    feed(text) {
      // No more than the parser keeps, which lets go of lines that are no fields.
      if (held.length < maxEventSize + PIECE) held += text
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
