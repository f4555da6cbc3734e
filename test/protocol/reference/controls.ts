import type { Controls } from '../control/server.js'
import type { ReferenceServer } from './server.js'
import { isTopic, topicLimit } from './wire.js'

/** The control contract of the suite, for the reference server. */
export function referenceControls(server: ReferenceServer): Controls {
  const { stream, speech } = server
  return {
    facts: { tokens: true, topics: true, sends: speech.level === 3, topicLimit },
    publish: (events) => {
      if (events.some(({ type }) => !stream.allowsType(type))) throw new TypeError('no event may have such a type')
      if (events.some(({ topic }) => topic !== undefined && !isTopic(topic)))
        throw new TypeError('this can be no topic')
      return events.map(({ type, data, bytes, topic, ephemeral = false }) => {
        const text = bytes === undefined ? JSON.stringify(data ?? null) : `base64:${bytes}`
        return stream.publish(type, text, topic, ephemeral) ?? null
      })
    },
    restart: () => server.restart(),
    trim: () => stream.history.trim(),
    drain: (window) => server.drain(window),
    handled: () => stream.log,
  }
}
