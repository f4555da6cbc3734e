import type { HoldfastError } from '../errors.js'
import { platform } from '../kit/env.js'
import { openStream, type StreamOptions } from './stream.js'

type Native = globalThis.EventSource

/** What an EventSource can be told, beside what the platform's can. */
export interface EventSourceOptions extends EventSourceInit {
  /** Sent with every request. A function is asked before each, so that a token may be a fresh one. */
  headers?: StreamOptions['headers']
  /** Default `GET`. Any other is asked once: where its stream ends, the source is closed. */
  method?: string
  /** The body of the request, as fetch has it; not with `GET`. Default: none. */
  body?: StreamOptions['body']
  /** Asks in place of the platform's `fetch`. */
  fetch?: StreamOptions['fetch']
}

/** An `error` event of such a source. */
export interface EventSourceErrorEvent extends Event {
  /** Why the stream ended; undefined where the server ended it in good order. */
  readonly error?: HoldfastError
}

const constants = { CONNECTING: 0, OPEN: 1, CLOSED: 2 } as const

/**
 * The EventSource of the WHATWG standard (HTML, section 9.2), with what it lacks: headers, other methods, an own fetch.
 * `globalThis.EventSource = EventSource` puts it in the place of the platform's.
 */
export class EventSource extends EventTarget implements Native {
  declare static readonly CONNECTING: 0
  declare static readonly OPEN: 1
  declare static readonly CLOSED: 2
  declare readonly CONNECTING: 0
  declare readonly OPEN: 1
  declare readonly CLOSED: 2
  declare addEventListener: Native['addEventListener']
  declare removeEventListener: Native['removeEventListener']

  static {
    // As Web IDL shapes an interface: nobody changes its constants, and who goes through an instance finds all of it.
    const shape: PropertyDescriptorMap = {}
    for (const [name, value] of Object.entries(constants)) shape[name] = { value, enumerable: true }
    Object.defineProperties(EventSource, shape)
    for (const name of ['url', 'withCredentials', 'readyState', 'onopen', 'onmessage', 'onerror', 'close']) {
      shape[name] = { enumerable: true }
    }
    Object.defineProperties(EventSource.prototype, {
      ...shape,
      [Symbol.toStringTag]: { value: 'EventSource', configurable: true },
    })
  }

  readonly #url: string
  readonly #withCredentials: boolean
  readonly #close: () => void
  #readyState: number = constants.CONNECTING

  /** @throws {SyntaxError} a DOMException, where `url` is none */
  constructor(url: string | URL, options: EventSourceOptions = {}) {
    super()
    // biome-ignore lint/complexity/noArguments: Web IDL tells nothing from `undefined`, which is a relative URL.
    if (!arguments.length) throw new TypeError('EventSource: a URL is required.')
    const parsed = resolve(url)
    const { withCredentials, ...how } = { ...options }
    // Who gives what are no headers shall know at once.
    if (typeof how.headers !== 'function') new Headers(how.headers)
    this.#url = parsed.href
    this.#withCredentials = !!withCredentials
    const credentials = withCredentials ? 'include' : 'same-origin'
    this.#close = openStream(
      parsed,
      { ...how, credentials },
      {
        open: () => {
          this.#readyState = constants.OPEN
          this.dispatchEvent(new Event('open'))
        },
        event: (type, init) => this.dispatchEvent(new MessageEvent(type, init)),
        end: (error, final) => {
          this.#readyState = final ? constants.CLOSED : constants.CONNECTING
          this.dispatchEvent(Object.assign(new Event('error'), { error }))
        },
      },
    )
  }

  get url(): string {
    return this.#url
  }

  get withCredentials(): boolean {
    return this.#withCredentials
  }

  get readyState(): number {
    return this.#readyState
  }

  close(): void {
    this.#readyState = constants.CLOSED
    this.#close()
  }

  get onopen(): Native['onopen'] {
    return this.#handlers.open
  }

  set onopen(handler: Native['onopen']) {
    this.#handle('open', handler)
  }

  get onmessage(): Native['onmessage'] {
    return this.#handlers.message
  }

  set onmessage(handler: Native['onmessage']) {
    this.#handle('message', handler)
  }

  get onerror(): Native['onerror'] {
    return this.#handlers.error
  }

  set onerror(handler: Native['onerror']) {
    this.#handle('error', handler)
  }

  readonly #handlers: Handlers = { open: null, message: null, error: null }

  readonly #listener = (event: Event): void => {
    const handler: unknown = Reflect.get(this.#handlers, event.type)
    if (typeof handler === 'function') Reflect.apply(handler, this, [event])
  }

  /** HTML, section 8.1.8.1: among the listeners an event handler has the place at which it was set, until it is taken away. */
  #handle<Type extends keyof Handlers>(type: Type, given: Handlers[Type]) {
    const handler = typeof given === 'function' || typeof given === 'object' ? given : null
    if (!this.#handlers[type]) this.addEventListener(type, this.#listener)
    if (!handler) this.removeEventListener(type, this.#listener)
    this.#handlers[type] = handler
  }
}

interface Handlers {
  open: Native['onopen']
  message: Native['onmessage']
  error: Native['onerror']
}

/** @throws {SyntaxError} a DOMException */
function resolve(text: string | URL): URL {
  try {
    const url = new URL(text, platform.document?.baseURI ?? platform.location?.href)
    // Chromium escapes what may not stand in the name of a host; by the standard the URL is none then.
    if (!/^http.*%/.test(url.protocol + url.host)) return url
  } catch {}
  throw new DOMException(`EventSource: "${text}" is no URL.`, 'SyntaxError')
}
