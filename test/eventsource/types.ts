import { EventSource } from '../../src/eventsource/index.js'

// Compiled with the tests: it is typed as the platform's own, and its options are known.

export const constructors: (typeof globalThis.EventSource)[] = [EventSource]
export const instances: globalThis.EventSource[] = []

export function uses(source: EventSource): void {
  instances.push(source)
  source.addEventListener('message', (event) => event.lastEventId)
  source.addEventListener('price', ({ data, origin }) => [data, origin])
  source.onmessage = function (event) {
    if (event.data === 'end') this.close()
  }
  const connecting: 0 = EventSource.CONNECTING
  // @ts-expect-error: only the source itself changes it
  source.readyState = connecting
  new EventSource('/events', { fetch, headers: async () => new Headers(), withCredentials: true }).close()
  // @ts-expect-error: there is no such option
  new EventSource('/events', { header: {} }).close()
}
