import { encodeEvent, topicFault, typeFault } from './blocks.js'
import type { HistoryItem } from './history.js'
import type { Limits } from './limits.js'
import { demand, type HubSchemas } from './schemas.js'

/** Who hears an event, and whether it is kept. */
export interface PublishOptions {
  /** Only who asked for this topic, and may, hears it. 1 to 256 characters without CR, LF and NUL. Default: everybody. */
  topic?: string
  /** Only this principal hears it. Default: everybody. */
  to?: string
  /** Not stored: who is connected hears it, at most once, and nobody later. Default false. */
  ephemeral?: boolean
}

/** What is to be published: checked and encoded. */
export interface Publication {
  readonly item: HistoryItem
  readonly ephemeral: boolean
}

/** What a publication must keep to. */
export interface PublishingRules {
  readonly limits: Limits
  readonly schemas: HubSchemas
}

/**
 * @throws {TypeError} for a type, data or an option that cannot be
 * @throws {RangeError} for an event that is larger than `limits.eventBytes`
 */
export function readPublication(
  { limits, schemas }: PublishingRules,
  type: string,
  data: unknown,
  { topic, to, ephemeral = false }: PublishOptions = {},
): Publication {
  check('type', typeFault(type))
  check('topic', topic === undefined ? undefined : topicFault(topic))
  check('to', to === undefined || (typeof to === 'string' && to !== '') ? undefined : 'must be a string, not empty')
  demand(schemas.schema, type, data, 'publish: an event')
  const text = encodeEvent(type, data, topic)
  if (text.length > limits.eventBytes)
    throw new RangeError(
      `publish: an event of ${text.length} bytes is larger than limits.eventBytes (${limits.eventBytes}).`,
    )
  return { item: { topic, to, text }, ephemeral }
}

function check(name: string, fault: string | undefined): void {
  if (fault !== undefined) throw new TypeError(`publish: ${name} ${fault}.`)
}
