import { createParser } from 'eventsource-parser'
import { isRecord, must, shorten } from './violation.js'

/** One block of text/event-stream as it came, and what a standard parser makes of it. */
export interface Block {
  /** Everything, with the empty line at the end. */
  readonly text: string
  readonly lines: readonly string[]
  /** Nothing but comments. */
  readonly comment: boolean
  readonly id: string | undefined
  /** The event's type, `message` where the block names none; undefined where there is no event in it. */
  readonly type: string | undefined
  readonly data: string | undefined
  /** Counts the WebSocket messages, or the responses of long-polling, from 0: blocks with one number came together. */
  readonly part: number
}

/** Lenient on purpose about line ends: that they are LF is a check of its own. */
const blockEnd = /\r\n\r\n|\n\n|\r\r/

/** Takes the whole blocks from the front of a text. */
export function takeBlocks(text: string, part: number): { blocks: Block[]; rest: string } {
  const blocks: Block[] = []
  for (;;) {
    const end = blockEnd.exec(text)
    if (end === null) return { blocks, rest: text }
    const length = end.index + end[0].length
    blocks.push(readBlock(text.slice(0, length), part))
    text = text.slice(length)
  }
}

function readBlock(text: string, part: number): Block {
  const lines = text.split(/\r\n|\n|\r/).filter((line) => line !== '')
  let id: string | undefined
  let type: string | undefined
  let data: string | undefined
  const parser = createParser({
    onId: (moved) => {
      id = moved
    },
    onEvent: (event) => {
      id = event.id ?? id
      type = event.event || 'message'
      data = event.data
    },
  })
  parser.feed(text)
  const comment = lines.length > 0 && lines.every((line) => line.startsWith(':'))
  return { text, lines, comment, id, type, data, part }
}

/** The names of a block's fields, in their order. */
export function fieldNames(block: Block): string[] {
  return block.lines.filter((line) => !line.startsWith(':')).map((line) => line.split(':', 1)[0] ?? '')
}

/** The JSON object that a block of the protocol's own carries. */
export function members(block: Block): Record<string, unknown> {
  let value: unknown
  try {
    value = JSON.parse(block.data ?? '')
  } catch {
    // Said below.
  }
  must(isRecord(value), `the data of ${block.type} must be a JSON object: ${shorten(block.data)}`)
  return value
}

/** The JSON value of an event's data. */
export function jsonOf(block: Block): unknown {
  try {
    return JSON.parse(block.data ?? '')
  } catch {
    must(false, `data must be JSON: ${shorten(block.text)}`)
  }
}

/** Whether a block is an event of the page's, not of the protocol's. */
export function isEvent(block: Block): boolean {
  return block.type !== undefined && !block.type.startsWith('holdfast:')
}
