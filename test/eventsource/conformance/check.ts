import { EventSource as Ours } from '../../../src/eventsource/index.js'
import { type Place, requirements } from './requirements.js'

export type Implementation = 'native' | 'ours'

/** Which requirement is not fulfilled, and why: none at best. */
export type Failures = Record<string, string>

/** A requirement that takes longer is not fulfilled. */
const PATIENCE = 8000

export interface What {
  /** The URL of the server. */
  readonly server: string
  readonly which: Implementation
  /** Requirements that are not checked. */
  readonly without: readonly string[]
}

/** Checks what the standard demands, here: in a window or a worker. */
export async function check({ server, which, without }: What): Promise<Failures> {
  const checked = requirements.filter(({ name }) => !without.includes(name))
  const results = await Promise.all(
    checked.map(async ({ name, check }): Promise<[string, string] | undefined> => {
      const sources = new Set<EventSource>()
      try {
        await Promise.race([check(placeOf(server, which, sources)), late()])
      } catch (error) {
        return [name, String(error)]
      } finally {
        for (const source of sources) source.close()
      }
    }),
  )
  return Object.fromEntries(results.filter((result) => result !== undefined))
}

const late = () => new Promise((_, reject) => setTimeout(() => reject(new Error('nothing came')), PATIENCE))

function placeOf(server: string, which: Implementation, sources: Set<EventSource>): Place {
  const given: typeof EventSource = which === 'ours' ? Ours : globalThis.EventSource
  const place: Place = {
    EventSource: given,
    plan: (...answers) => `${server}/${crypto.randomUUID()}?plan=${encodeURIComponent(JSON.stringify(answers))}`,
    hear: (url, count, types = []) =>
      new Promise((resolve) => {
        const source = new given(url)
        sources.add(source)
        const heard: string[] = []
        const hear = (event: Event) => {
          if (event instanceof MessageEvent) heard.push(`${event.type} ${event.data} ${event.lastEventId} `)
          else heard.push(event.type === 'open' ? 'open' : `error ${source.readyState}`)
          if (heard.length === count || source.readyState === given.CLOSED) {
            source.close()
            resolve({ heard, source })
          }
        }
        for (const type of ['open', 'message', 'error', ...types]) source.addEventListener(type, hear)
      }),
  }
  return place
}
