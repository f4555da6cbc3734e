// What the documents take for granted of an application: its own functions, objects and types. They are global, so that what a
// document declares itself stands before them.

/** Of a page with a script tag. */
declare const Holdfast: typeof import('holdfast')

// The application's pages.
interface Price {
  readonly symbol: string
  readonly value: number
}
declare const chart: { add(value: unknown): void; clear(): void }
declare const messages: readonly { role: string; content: string }[]
declare function refetch(position?: string): Promise<void>
declare function show(value: unknown): void
declare function token(options?: { readonly renew: boolean }): Promise<string>

/** Others' packages, which are not installed here. */
declare module 'reconnecting-websocket' {
  export default class ReconnectingWebSocket extends WebSocket {
    constructor(url: string, protocols: readonly string[], options: { readonly maxRetries: number })
  }
}

// The application's server.
declare const app: import('express').Express
declare const httpServer: import('node:http').Server
declare const hub: import('holdfast/server').Hub
declare const reply: { readonly saved: boolean }
declare const server: import('node:http').Server
/** Of a page whoever is signed in; of a server whose token it is. */
declare const user: ((headers: Headers) => Promise<string>) & { readonly id: string }
declare function pause(duration: number): Promise<void>
declare function save(...message: unknown[]): Promise<void>
declare function store(principal: string, data: unknown): Promise<void>
declare function verify(
  authorization: string | null,
): Promise<{ id: string; rooms: readonly string[]; tokenExpires: number } | undefined>
declare const NOTICE: string
declare const WINDOW: string

// The project's own tests.
declare const make: import('../../support/remote.js').Make
declare const expect: typeof import('vitest').expect
declare const numbersFrom: typeof import('../../flow/scenarios/recorder.js').numbersFrom
declare const record: typeof import('../../flow/scenarios/recorder.js').record
declare const until: typeof import('../../flow/scenarios/recorder.js').until
