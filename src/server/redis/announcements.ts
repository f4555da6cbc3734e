import type { HistoryItem } from '../history.js'
import { argumentsOf, listOf } from './entries.js'

/** What is ephemeral, as text of a Pub/Sub message. */
export function encodeAnnouncement(item: HistoryItem): string {
  return JSON.stringify(argumentsOf(item))
}

/** @throws {TypeError} or SyntaxError for what was published by somebody else */
export function decodeAnnouncement(message: string): HistoryItem {
  const [topic, to, text] = listOf(JSON.parse(message)).map(String)
  if (text === undefined) throw new TypeError('Redis Pub/Sub brought what no hub has announced.')
  return { topic: topic || undefined, to: to || undefined, text }
}
