/** A listener target of the platform: `globalThis` in a page or a worker, `document`. */
export interface Target {
  addEventListener?(type: string, listener: (event: { persisted?: boolean }) => void): void
  removeEventListener?(type: string, listener: (event: { persisted?: boolean }) => void): void
}

/** The slice of a WebSocket (WHATWG WebSockets) that is used. */
export interface WebSocketLike {
  binaryType: string
  onopen: ((event: never) => void) | null
  onmessage: ((event: never) => void) | null
  onclose: ((event: never) => void) | null
  send(data: string | BufferSource | Blob): void
  close(code?: number): void
}

/** The slice of a BroadcastChannel (WHATWG HTML, section 9.5) that is used. */
export interface ChannelLike {
  onmessage: ((event: never) => void) | null
  postMessage(message: unknown): void
  close(): void
}

/** The slice of `navigator.locks` (W3C Web Locks) that is used. */
export interface LocksLike {
  request(name: string, options: { signal?: AbortSignal; steal?: boolean }, held: () => Promise<void>): Promise<unknown>
}

/**
 * What Holdfast borrows from the platform, and nothing else. `globalThis` has this shape, and every member is looked up
 * when it is used, so that mocks, fake clocks and workers just work; a simulation passes an object of its own.
 */
export interface Env {
  fetch(input: string, init?: RequestInit): Promise<Response>
  readonly WebSocket: new (url: string) => WebSocketLike
  setTimeout(handler: () => void, delay: number): unknown
  clearTimeout(timer: unknown): void
  queueMicrotask(task: () => void): void
  reportError?(error: unknown): void
  readonly scheduler?: { yield?(): Promise<void> }
  readonly Date: { now(): number }
  readonly Math: { random(): number }
  readonly crypto: { getRandomValues(bytes: Uint8Array<ArrayBuffer>): Uint8Array<ArrayBuffer> }
  readonly performance?: { getEntriesByType?(type: string): unknown[] }
  readonly localStorage?: { getItem(key: string): string | null; setItem(key: string, value: string): void }
  readonly document?: Target & { readonly visibilityState?: string; readonly baseURI?: string }
  readonly navigator?: { readonly onLine?: boolean; readonly connection?: Target; readonly locks?: LocksLike | null }
  readonly BroadcastChannel?: new (name: string) => ChannelLike
  readonly location?: { readonly href: string }
  addEventListener?: Target['addEventListener']
  removeEventListener?: Target['removeEventListener']
}

/** The real platform. */
export const platform: Env = globalThis
