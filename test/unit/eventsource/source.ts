import { onTestFinished } from 'vitest'
import { EventSource, type EventSourceErrorEvent, type EventSourceOptions } from '../../../src/eventsource/index.js'
import { type FakeFetch, fakeFetch } from '../../support/fake-fetch.js'
import { pass } from '../../support/fake-time.js'

/** The rest of the event loop goes on, whatever the clock says: events come in turns of their own. */
const turn = () =>
  new Promise<void>((resolve) => {
    const { port1, port2 } = new MessageChannel()
    port1.onmessage = () => {
      port1.close()
      resolve()
    }
    port2.postMessage(null)
  })

/** Lets so many ms pass, and everything happen that follows. */
export async function settle(ms = 0): Promise<void> {
  await pass(ms)
  for (let turns = 0; turns < 20; turns++) await turn()
  await pass(0)
}

export interface Heard {
  source: EventSource
  server: FakeFetch
  /** `open`, `message: data`, `error: code` … in their order. */
  heard: string[]
}

/** A source, and what it says. The test plays the server. */
export function startSource(options?: EventSourceOptions, url = '/events'): Heard {
  const server = fakeFetch()
  const source = new EventSource(url, options)
  const heard: string[] = []
  source.addEventListener('open', () => heard.push(`open ${source.readyState}`))
  source.addEventListener('message', ({ data }) => heard.push(`message ${data}`))
  source.addEventListener('error', (event: EventSourceErrorEvent) =>
    heard.push(`error ${event.error?.code} ${source.readyState}`),
  )
  onTestFinished(() => source.close())
  return { source, server, heard }
}
