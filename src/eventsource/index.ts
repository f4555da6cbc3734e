export type { Fetch } from './ask.js'
export { EventSource, type EventSourceErrorEvent, type EventSourceOptions } from './event-source.js'
