import { createParser } from 'eventsource-parser'
import { HoldfastError } from '../errors.js'
import type { DecoderSink } from '../seams.js'

/** Enough of an unfinished block to find its `id`, which stands first in the native protocol. */
const HEAD = 512

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
  let head = ''

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
      flush()
      loose = id
    },
    onEvent({ event = 'message', data, id }) {
      if (id === undefined) flush()
      else loose = undefined
      if (data.length > maxEventSize) sink.control({ kind: 'rejected', error: tooLarge(id) })
      else sink.event(event, data, id)
    },
    onRetry: (delay) => sink.control({ kind: 'retry', delay }),
    onError({ type }) {
      // Unknown fields and a `retry` that is no number are ignored, as the standard says.
      if (type === 'max-buffer-size-exceeded') {
        const error = tooLarge(/(?:^|\n)id: ?([^\r\n]+)[\r\n]/.exec(head)?.[1])
        sink.control({ kind: 'rejected', error })
        // What is left of the event would have to be read to be skipped: leaving the carrier is cheaper.
        sink.control({ kind: 'failed', error })
      }
    },
  })

  return {
    feed(text) {
      if (bounded) {
        const start = text.lastIndexOf('\n\n')
        head = start < 0 ? (head + text.slice(0, HEAD)).slice(0, HEAD) : text.slice(start + 2, start + 2 + HEAD)
      }
      parser.feed(text)
      flush()
    },
    reset: () => parser.reset(),
  }
}
