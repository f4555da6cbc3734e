import { EventSource } from 'eventsource'
import type { Open, Variants } from '../contract.js'

export { serve } from './event-stream.js'

/** Not to be taken for the browser's own, which event-stream.ts has. */
export const variants = { 'eventsource (npm)': 'stream' } satisfies Variants

export const open: Open = ({ receive }) => {
  new EventSource('/live').onmessage = ({ data }) => receive(JSON.parse(data))
  return {}
}
