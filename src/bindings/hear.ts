import type { AnyEvent, BaseConnection, Connection, EventMap, LiveEvent, PlainConnection } from '../types.js'

/** A connection to whatever server, as the bindings take it. */
export type AnyConnection<Events extends object, Sends extends object, Replies extends object> =
  | Connection<Events, Sends, Replies>
  | PlainConnection<Events>

/** What one listener can hear: one type, or with `'*'` every type. */
export type Hearable<Events extends object> = (keyof Events & string) | '*'

/** What such a listener is given. */
export type Heard<Events extends object, Type extends Hearable<Events>> = Type extends keyof Events & string
  ? LiveEvent<Type, Events[Type]>
  : AnyEvent<Events>

/** `connection.on` with one signature for `'*'` and the other types: TypeScript does not choose overloads for a type parameter. */
export function hear<
  Events extends object,
  Sends extends object,
  Replies extends object,
  Type extends Hearable<Events>,
>(
  connection: AnyConnection<Events, Sends, Replies>,
  type: Type,
  listener: (event: Heard<Events, Type>) => void,
): () => void
export function hear(
  connection: BaseConnection<EventMap>,
  type: string,
  listener: (event: LiveEvent) => void,
): () => void {
  return connection.on(type, listener)
}
