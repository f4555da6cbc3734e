import { type MaybeRefOrGetter, type ShallowRef, shallowRef, toValue, watch } from 'vue'
import type { PlainConnectOptions } from '../connect.js'
import { connect } from '../connect-any.js'
import { platform } from '../kit/env.js'
import type { ConnectOptions } from '../options.js'
import type { Connection, ConnectionState, EventMap, PlainConnection } from '../types.js'
import { type AnyConnection, type Hearable, type Heard, hear } from './hear.js'
import { type Closable, dormant, type Key, type Stateful } from './words.js'

/** The options of `connect`, and what tells one connection of a component from its next. */
export interface UseConnectionOptions<
  Events extends object = EventMap,
  Sends extends object = EventMap,
  Replies extends object = EventMap,
> extends ConnectOptions<Events, Sends, Replies> {
  /** Opens another connection when it changes, as another URL does: the user's id, say. Default: none. */
  key?: MaybeRefOrGetter<Key>
}

type Address = MaybeRefOrGetter<string | URL | null | undefined>
type Source<Live> = MaybeRefOrGetter<Live | undefined>
type Result<Value> = Readonly<ShallowRef<Value>>

/**
 * The scope's own connection: opened at once, closed with the scope, another one when the URL or the `key` changes.
 *
 * @param url null or undefined: no connection
 * @param options those of `connect`, and `key`; everything has a default
 * @returns a ref; it holds undefined on a server, and without a URL
 */
export function useConnection<Events extends object = { message: string }>(
  url: Address,
  options: UseConnectionOptions<Events> & PlainConnectOptions<Events>,
): Result<PlainConnection<Events> | undefined>
export function useConnection<
  Events extends object = EventMap,
  Sends extends object = EventMap,
  Replies extends object = EventMap,
>(
  url: Address,
  options?: UseConnectionOptions<Events, Sends, Replies>,
): Result<Connection<Events, Sends, Replies> | undefined>
export function useConnection(url: Address, { key = '', ...options }: UseConnectionOptions = {}): unknown {
  const address = () => toValue(url)
  return useConnectionFrom(
    () => (address() == null ? undefined : `${toValue(key)} ${address()}`),
    () => connect(address() ?? '', options),
  )
}

/**
 * {@link useConnection} for what a function makes, with a `connect` of your choice: that of `holdfast/core` takes none
 * but your own transports into the bundle.
 *
 * @param key another one closes the connection and makes the next; null or undefined: no connection
 * @param make is called with the key at once, and when the key has changed
 */
export function useConnectionFrom<Made extends Closable, Chosen extends Key>(
  key: MaybeRefOrGetter<Chosen | null | undefined>,
  make: (key: Chosen) => Made,
): Result<Made | undefined> {
  return follow<Chosen, Made | undefined>(key, undefined, (chosen, set) => {
    const made = make(chosen)
    set(made)
    return () => made.close()
  })
}

/** Calls the listener for each event of the type; with `'*'` for each event. */
export function useEvent<
  Events extends object,
  Sends extends object,
  Replies extends object,
  Type extends Hearable<Events>,
>(
  connection: Source<AnyConnection<Events, Sends, Replies>>,
  type: Type,
  listener: (event: Heard<Events, Type>) => void,
): void {
  follow(connection, undefined, (live) => hear(live, type, listener))
}

/** The latest event of the type, or with `'*'` of all, since this was called; undefined before the first. */
export function useLatestEvent<
  Events extends object,
  Sends extends object,
  Replies extends object,
  Type extends Hearable<Events>,
>(connection: Source<AnyConnection<Events, Sends, Replies>>, type: Type): Result<Heard<Events, Type> | undefined> {
  return follow<AnyConnection<Events, Sends, Replies>, Heard<Events, Type> | undefined>(
    connection,
    undefined,
    (live, set) => hear(live, type, set),
  )
}

/** The connection's state; where there is no connection, and on a server: `connecting`. */
export function useConnectionState(connection: Source<Stateful>): Result<ConnectionState> {
  return follow(connection, dormant, (live, set) => {
    set(live.state)
    return live.onStateChange(set)
  })
}

/** A ref with what `start` sets while there is a value, and `initial` else. On a server nothing is started. */
function follow<Value, Shown>(
  source: MaybeRefOrGetter<Value | null | undefined>,
  initial: Shown,
  start: (value: Value, set: (shown: Shown) => void) => () => void,
): Result<Shown> {
  const shown = shallowRef(initial)
  const set = (value: Shown) => {
    shown.value = value
  }
  const change = (value: Value | null | undefined, _before: unknown, onCleanup: (stop: () => void) => void) => {
    set(initial)
    if (value != null) onCleanup(start(value, set))
  }
  if (platform.document) watch(() => toValue(source), change, { immediate: true })
  return shown
}
