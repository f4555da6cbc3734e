import { createParser } from 'eventsource-parser'
import { HoldfastError } from '../errors.js'
import type { DecoderSink } from '../seams.js'

const TOPIC = 'topic '
/** Of `data: `. */
const PREFIX = 6
const BLANK_LINE = /(\r\n|\n|\r(?!\n)){2}/

/** Reads `text/event-stream` blocks, with bounded memory, and tells blocks that hold an id alone from events. */
export function createBlocks(sink: DecoderSink, maxEventSize: number): { feed(text: string): void; reset(): void } {
  let loose: string | undefined
  /** PROTOCOL.md, "Events": whom the event of this block is for, said in a comment. */
  let topic: string | undefined
  /** What was fed last, and what was fed from the chunk on in which something was heard last: there an unfinished block begins. */
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
      // A heartbeat, between two blocks.
      else held = fed
    },
    onRetry: (delay) => sink.control({ kind: 'retry', delay }),
  })

  return {
    feed(text) {
      held += text
      parser.feed((fed = text))
      flush()
      if (held.length <= maxEventSize) return
      // What ended without being heard need not be kept.
      held = held.split(BLANK_LINE).pop() ?? ''
      if (held.length - held.search(/^data/m) <= maxEventSize + PREFIX) return
      // What is left of the event would have to be read to be skipped: leaving the carrier is cheaper.
      const error = reject(held.match(/(?:^|[\r\n])id: ?([^\r\n]+)[\r\n]/)?.[1])
      sink.control({ kind: 'failed', error })
    },
    reset() {
      topic = undefined
      fed = held = ''
      parser.reset()
    },
  }
}
