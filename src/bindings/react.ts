import {
  type RefObject,
  useCallback,
  useEffect,
  useInsertionEffect,
  useMemo,
  useRef,
  useState,
  useSyncExternalStore,
} from 'react'
import type { PlainConnectOptions } from '../connect.js'
import { connect } from '../connect-any.js'
import type { ConnectOptions } from '../options.js'
import type { Connection, ConnectionState, EventMap, PlainConnection } from '../types.js'
import { type AnyConnection, type Hearable, type Heard, hear } from './hear.js'
import { createHolder } from './holder.js'
import { type Closable, dormant, type Key, type Stateful } from './words.js'

/** The options of `connect`, and what tells one connection of a component from its next. */
export interface UseConnectionOptions<
  Events extends object = EventMap,
  Sends extends object = EventMap,
  Replies extends object = EventMap,
> extends ConnectOptions<Events, Sends, Replies> {
  /** Opens another connection when it changes, as another URL does: the user's id, say. Default: none. */
  key?: Key
}

/**
 * The component's own connection: opened when it is mounted, closed when it is unmounted, another one when the URL or
 * the `key` changes. StrictMode opens one. `headers` are those of the latest render, all other options those of the
 * render in which the connection was opened.
 *
 * @param url null or undefined: no connection
 * @param options those of `connect`, and `key`; everything has a default
 * @returns undefined on a server, in the first render, and without a URL
 */
export function useConnection<Events extends object = { message: string }>(
  url: string | URL | null | undefined,
  options: UseConnectionOptions<Events> & PlainConnectOptions<Events>,
): PlainConnection<Events> | undefined
export function useConnection<
  Events extends object = EventMap,
  Sends extends object = EventMap,
  Replies extends object = EventMap,
>(
  url: string | URL | null | undefined,
  options?: UseConnectionOptions<Events, Sends, Replies>,
): Connection<Events, Sends, Replies> | undefined
export function useConnection(
  url: string | URL | null | undefined,
  { key = '', ...options }: UseConnectionOptions = {},
): unknown {
  const latest = useLatest(options.headers)
  const headers: ConnectOptions['headers'] = (context) => {
    const { current = {} } = latest
    return typeof current === 'function' ? current(context) : current
  }
  return useConnectionFrom(url == null ? url : `${key} ${url}`, () =>
    connect(url ?? '', options.headers ? { ...options, headers } : options),
  )
}

/**
 * {@link useConnection} for what a function makes, with a `connect` of your choice: that of `holdfast/core` takes none
 * but your own transports into the bundle.
 *
 * @param key another one closes the connection and makes the next; null or undefined: no connection
 * @param make is called with the key when the component is mounted, and when the key has changed
 */
export function useConnectionFrom<Made extends Closable, Chosen extends Key>(
  key: Chosen | null | undefined,
  make: (key: Chosen) => Made,
): Made | undefined {
  const [holder] = useState(createHolder<Made>)
  // A change of a store is rendered in the same task, effects included: no event comes before the listeners of children.
  const made = useSyncExternalStore(holder.subscribe, holder.current, () => undefined)
  // biome-ignore lint/correctness/useExhaustiveDependencies: what makes it may be written inline; the key decides.
  useEffect(() => (key == null ? undefined : holder.hold(key, make)), [holder, key])
  return made
}

/** Calls the listener of the latest render for each event of the type; with `'*'` for each event. */
export function useEvent<
  Events extends object,
  Sends extends object,
  Replies extends object,
  Type extends Hearable<Events>,
>(
  connection: AnyConnection<Events, Sends, Replies> | undefined,
  type: Type,
  listener: (event: Heard<Events, Type>) => void,
): void {
  const latest = useLatest(listener)
  useEffect(() => connection && hear(connection, type, (event) => latest.current(event)), [connection, type, latest])
}

/** The latest event of the type, or with `'*'` of all, since the component is mounted; undefined before the first. */
export function useLatestEvent<
  Events extends object,
  Sends extends object,
  Replies extends object,
  Type extends Hearable<Events>,
>(connection: AnyConnection<Events, Sends, Replies> | undefined, type: Type): Heard<Events, Type> | undefined {
  const store = useMemo(() => {
    let latest: Heard<Events, Type> | undefined
    const subscribe = (changed: () => void) => {
      if (!connection) return unheard
      return hear(connection, type, (event) => {
        latest = event
        changed()
      })
    }
    return { subscribe, current: () => latest }
  }, [connection, type])
  return useSyncExternalStore(store.subscribe, store.current, () => undefined)
}

/** The connection's state; where there is no connection, and on a server: `connecting`. */
export function useConnectionState(connection: Stateful | undefined): ConnectionState {
  const subscribe = useCallback((changed: () => void) => connection?.onStateChange(changed) ?? unheard, [connection])
  return useSyncExternalStore(
    subscribe,
    () => connection?.state ?? dormant,
    () => dormant,
  )
}

/** What stops a listener that there is none of. */
const unheard = () => {}

/** What was given to the latest render, as effects and listeners see it. */
function useLatest<Value>(value: Value): RefObject<Value> {
  const latest = useRef(value)
  // Before any other effect of the same commit.
  useInsertionEffect(() => {
    latest.current = value
  })
  return latest
}
