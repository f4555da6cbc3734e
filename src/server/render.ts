import type { HistoryEntry } from './history.js'

/** Blocks that leave together go as one message or one write of about this many characters, unless one alone is larger. */
export const PACKET = 65_536

/** An entry as it is written. */
export function blockOf({ id, text }: HistoryEntry): string {
  return id === undefined ? text : `id: ${id}\n${text}`
}

/** What an entry comes to when it is written. */
export function lengthOf(entry: HistoryEntry): number {
  // `id: ` and the line's end.
  return entry.text.length + (entry.id === undefined ? 0 : entry.id.length + 5)
}

/** Encoded events, ready to be written, packet by packet; and the last id in them. */
export interface Rendered {
  readonly packets: readonly string[]
  readonly lastId: string | undefined
}

export function render(entries: Iterable<HistoryEntry>, sees: (entry: HistoryEntry) => boolean): Rendered {
  const packets: string[] = []
  let text = ''
  let lastId: string | undefined
  for (const entry of entries) {
    if (!sees(entry)) continue
    if (text !== '' && text.length + lengthOf(entry) > PACKET) {
      packets.push(text)
      text = ''
    }
    text += blockOf(entry)
    lastId = entry.id ?? lastId
  }
  if (text !== '') packets.push(text)
  return { packets, lastId }
}
