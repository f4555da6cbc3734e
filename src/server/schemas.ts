import type { EventMap, StandardSchema } from '../types.js'
import { type Schemas, validate } from '../validate.js'

/** What events, messages and replies must fit, by their types. Those without a schema pass as they are. */
export interface HubSchemas<
  Events extends object = EventMap,
  Sends extends object = EventMap,
  Replies extends object = EventMap,
> {
  /**
   * What the data of `publish` must fit: schemas of zod, valibot, arktype or anything else that follows Standard Schema
   * (https://standardschema.dev), if they are synchronous. It is published as it was given.
   */
  schema?: { readonly [Type in keyof Events]?: StandardSchema<Events[Type], unknown> }
  /** What pages' messages must fit: one that does not is rejected with code `schema`, and not handled. Handlers get what the schema makes of the data. */
  sendSchema?: { readonly [Type in keyof Sends]?: StandardSchema<unknown, Sends[Type]> }
  /** What the handler's replies must fit, by the type of the message. They are sent as they were given. */
  replySchema?: { readonly [Type in keyof Replies]?: StandardSchema<Replies[Type], unknown> }
}

/** @throws {TypeError} where there is something else than schemas */
export function readSchemas({ schema, sendSchema, replySchema }: HubSchemas): HubSchemas {
  const schemas = { schema, sendSchema, replySchema }
  for (const [option, given] of Object.entries(schemas))
    for (const [type, one] of Object.entries(given ?? {}))
      if (typeof one?.['~standard']?.validate !== 'function')
        throw new TypeError(`${option}: that of "${type}" must be a Standard Schema.`)
  return schemas
}

/**
 * What the application itself gives must fit. What the schema makes of it is for those who receive it: they have the schema
 * too, and it takes what was given.
 *
 * @throws {TypeError} that names what does not fit
 */
export function demand(schemas: Schemas | undefined, type: string, value: unknown, what: string): void {
  try {
    validate(schemas, type, value, what)
  } catch (cause) {
    throw new TypeError(cause instanceof Error ? cause.message : String(cause), { cause })
  }
}
