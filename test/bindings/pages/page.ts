import type { Connection } from '../../../src/index.js'

/** What the hub of these tests publishes. */
export type Events = { number: number; word: string }

/**
 * What the page is about. It shows the state, the latest number and all numbers, and its button says `hello`. By itself it
 * connects by one transport, so that a connection is one visit to the server, however slow the machine is.
 */
export interface PageProps {
  /** undefined: no connection. */
  url: string | undefined
  /** Connects in another way than the binding would by itself. */
  make?: ((url: string) => Connection<Events>) | undefined
}

/** The page in a document, by whatever framework. */
export interface MountedPage {
  change(props: PageProps): void
  unmount(): void
}

export type Mount = (into: HTMLElement, props: PageProps) => MountedPage
