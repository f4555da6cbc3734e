import type { Environment } from 'vitest/runtime'
import { builtinEnvironments } from 'vitest/runtime'

// What Holdfast borrows from a browser's network stack. happy-dom's own versions differ from every browser's in ways that
// matter here: an abort in a body rejects with another error, a network failure is no TypeError, cancel() does not reach
// the source. Node's are those of the standard.
const fromNode = [
  'fetch',
  'Request',
  'Response',
  'Headers',
  'AbortController',
  'AbortSignal',
  'ReadableStream',
  'WritableStream',
  'TransformStream',
  'TextDecoderStream',
  'Blob',
  'FormData',
  'WebSocket',
  'CloseEvent',
  'EventSource',
  'DOMException',
] as const

/** happy-dom's document, window and navigator, with Node's network. `Event` and `EventTarget` stay happy-dom's. */
const environment: Environment = {
  name: 'happy-dom-with-node-network',
  viteEnvironment: 'client',
  async setup(global, options) {
    const kept = fromNode
      .filter((name) => name in globalThis)
      .map((name) => [name, Reflect.get(globalThis, name)] as const)
    const { locks } = navigator
    const environment = await builtinEnvironments['happy-dom'].setup(global, options)
    for (const [name, value] of kept) {
      Object.defineProperty(global, name, { value, configurable: true, writable: true })
    }
    // happy-dom says null.
    Object.defineProperty(global.navigator, 'locks', { value: locks, configurable: true })
    return environment
  },
}

export default environment
