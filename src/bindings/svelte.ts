import { onMount } from 'svelte'
import { derived, type Readable, readable } from 'svelte/store'
import type { PlainConnectOptions } from '../connect.js'
import { connect } from '../connect-any.js'
import { platform } from '../kit/env.js'
import type { ConnectOptions } from '../options.js'
import type { Connection, ConnectionState, EventMap, PlainConnection } from '../types.js'
import { type AnyConnection, type Hearable, type Heard, hear } from './hear.js'
import { createHolder } from './holder.js'
import { type Closable, dormant, type Key, type Stateful } from './words.js'

type Source<Live> = Live | Readable<Live | undefined>
type Choice<Chosen> = Chosen | Readable<Chosen>

/**
 * A store that holds a connection as long as somebody has subscribed to it; another one when the URL changes.
 *
 * @param url may be a store; null or undefined: no connection
 * @param options those of `connect`; everything has a default
 * @returns undefined on a server, and without a URL
 */
export function connection<Events extends object = { message: string }>(
  url: Choice<string | null | undefined>,
  options: PlainConnectOptions<Events>,
): Readable<PlainConnection<Events> | undefined>
export function connection<
  Events extends object = EventMap,
  Sends extends object = EventMap,
  Replies extends object = EventMap,
>(
  url: Choice<string | null | undefined>,
  options?: ConnectOptions<Events, Sends, Replies>,
): Readable<Connection<Events, Sends, Replies> | undefined>
export function connection(url: Choice<string | null | undefined>, options?: ConnectOptions): unknown {
  return connectionFrom(url, (address) => connect(address, options))
}

/**
 * {@link connection} for what a function makes, with a `connect` of your choice: that of `holdfast/core` takes none but
 * your own transports into the bundle.
 *
 * @param key may be a store; another one closes the connection and makes the next; null or undefined: no connection
 * @param make is called with the key at the first subscription, and when the key has changed
 */
export function connectionFrom<Made extends Closable, Chosen extends Key>(
  key: Choice<Chosen | null | undefined>,
  make: (key: Chosen) => Made,
): Readable<Made | undefined> {
  const holder = createHolder<Made>()
  const held = derived(asStore(key), (chosen, _set) => {
    if (platform.document && chosen != null) return holder.hold(chosen, make)
  })
  return readable<Made | undefined>(undefined, (set) => {
    const show = () => set(holder.current())
    const stops = [holder.subscribe(show), held.subscribe(show)]
    return () => {
      for (const stop of stops) stop()
    }
  })
}

/** Calls the listener for each event of the type as long as the component is mounted; with `'*'` for each event. */
export function onEvent<
  Events extends object,
  Sends extends object,
  Replies extends object,
  Type extends Hearable<Events>,
>(
  source: Source<AnyConnection<Events, Sends, Replies>>,
  type: Type,
  listener: (event: Heard<Events, Type>) => void,
): void {
  const heard = derived(asStore(source), (live, _set) => live && hear(live, type, listener))
  onMount(() => heard.subscribe(() => {}))
}

/** A store with the latest event of the type, or with `'*'` of all, since somebody subscribed; undefined before the first. */
export function latestEvent<
  Events extends object,
  Sends extends object,
  Replies extends object,
  Type extends Hearable<Events>,
>(source: Source<AnyConnection<Events, Sends, Replies>>, type: Type): Readable<Heard<Events, Type> | undefined> {
  return derived(asStore(source), (live, set: (event: Heard<Events, Type> | undefined) => void) => {
    set(undefined)
    return live && hear(live, type, set)
  })
}

/** A store with the connection's state; where there is no connection, and on a server: `connecting`. */
export function connectionState(source: Source<Stateful>): Readable<ConnectionState> {
  return derived(asStore(source), (live, set: (state: ConnectionState) => void) => {
    set(live?.state ?? dormant)
    return live?.onStateChange(set)
  })
}

/** A connection looks like a store, with its `subscribe(topic)`; it is none. */
function asStore<Value>(given: Value | Readable<Value>): Readable<Value> {
  return isStore(given) ? given : readable(given)
}

function isStore<Value>(given: Value | Readable<Value>): given is Readable<Value> {
  return typeof given === 'object' && given !== null && 'subscribe' in given && !('on' in given)
}
