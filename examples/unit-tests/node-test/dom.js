import { GlobalRegistrator } from '@happy-dom/global-registrator'

// happy-dom's document, with Node's network and clock. Those of happy-dom differ from every browser's, and mock.timers does not
// know its clock.
const network = [
  'fetch',
  'Request',
  'Response',
  'Headers',
  'AbortController',
  'AbortSignal',
  'ReadableStream',
  'WebSocket',
]
const clock = ['setTimeout', 'clearTimeout', 'setInterval', 'clearInterval', 'setImmediate', 'queueMicrotask']

const kept = [...network, ...clock].map((name) => [name, globalThis[name]])
GlobalRegistrator.register({ url: 'http://localhost/' })
for (const [name, value] of kept)
  Object.defineProperty(globalThis, name, { value, configurable: true, writable: true, enumerable: true })
