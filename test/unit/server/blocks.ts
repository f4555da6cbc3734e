/** One block, as it stands in the text: what a test compares. */
export interface Block {
  id?: string
  event: string
  /** Parsed if it is JSON. */
  data?: unknown
}

/** Reads whole blocks; comments are left out. */
export function readBlocks(text: string): Block[] {
  return text
    .split('\n\n')
    .map((block) => block.split('\n').filter((line) => line !== '' && !line.startsWith(':')))
    .filter((lines) => lines.length > 0)
    .map((lines) => {
      const block: Block = { event: 'message' }
      for (const line of lines) {
        const colon = line.indexOf(': ')
        const value = line.slice(colon + 2)
        const name = line.slice(0, colon)
        if (name === 'id') block.id = value
        else if (name === 'event') block.event = value
        else if (name === 'data') block.data = value.startsWith('base64:') ? value : JSON.parse(value)
      }
      if (block.data === undefined && block.event === 'message') block.event = 'cursor'
      return block
    })
}

/** The data of a block that must be there. */
export function dataOf(blocks: readonly Block[], event: string): Record<string, unknown> {
  const data = blocks.find((block) => block.event === event)?.data
  if (typeof data !== 'object' || data === null) throw new Error(`No ${event} in ${JSON.stringify(blocks)}`)
  return { ...data }
}

/** The application's events: type and data. */
export function eventsOf(blocks: readonly Block[]): [string, unknown][] {
  return blocks
    .filter(({ event }) => event !== 'cursor' && !event.startsWith('holdfast:'))
    .map(({ event, data }) => [event, data])
}
