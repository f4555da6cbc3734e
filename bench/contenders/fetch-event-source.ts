import { fetchEventSource } from '@microsoft/fetch-event-source'
import type { Open, Variants } from '../contract.js'

export { serve } from './event-stream.js'

export const variants = { 'fetch-event-source': 'stream' } satisfies Variants

export const open: Open = ({ receive }) => {
  void fetchEventSource('/live', { onmessage: ({ data }) => receive(JSON.parse(data)) })
  return {}
}
