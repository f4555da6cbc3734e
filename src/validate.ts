import { HoldfastError } from './errors.js'
import type { SchemaIssue, StandardSchema } from './kit/standard-schema.js'

/** Of events, messages or replies, by their types. */
export type Schemas = { readonly [type: string]: StandardSchema | undefined }

/** What comes in order cannot wait for a schema: to one that is asynchronous nothing fits. */
const asynchronous = { issues: [{ message: 'the schema is asynchronous, or failed' }] }

/** Issues may quote what they are about, and that may be large: so much of them is enough to find it by. */
const LONGEST = 500

/**
 * What the schema of this type makes of a value; where there is none, the value.
 *
 * @param what names the value in the error: `An event`
 * @throws {HoldfastError} `schema`, with the issues
 */
export function validate(
  schemas: Schemas | undefined,
  type: string,
  value: unknown,
  what: string,
  id?: string,
): unknown {
  // The other side chooses the type: what every object has by that name is no schema.
  const schema = schemas && Object.hasOwn(schemas, type) && schemas[type]
  if (!schema) return value
  let result = schema['~standard'].validate(value)
  if ('then' in result) {
    result.catch(() => {}) // nobody waits for it
    result = asynchronous
  }
  const { issues } = result
  if (!issues) return result.value
  const why = issues.map(describe).join('; ').slice(0, LONGEST)
  throw new HoldfastError('schema', `${what} of type "${type}" does not fit its schema: ${why}`, { issues, id })
}

function describe({ path = [], message }: SchemaIssue): string {
  return `${['data', ...path.map((part) => String(typeof part === 'object' ? part.key : part))].join('.')}: ${message}`
}
