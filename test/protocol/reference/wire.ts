/** What PROTOCOL.md says of text, errors and the hello, and nothing of who listens. */

/** What may stand in a block. */
export interface Fields {
  id?: string
  event?: string
  /** A comment: the topic that an event was published to. */
  topic?: string
  data?: string
}

/** One block. The order of fields is fixed: id, event, data. */
export function block(fields: Fields): string {
  let text = ''
  if (fields.id !== undefined) text += `id: ${fields.id}\n`
  if (fields.event !== undefined) text += `event: ${fields.event}\n`
  if (fields.topic !== undefined) text += `:topic ${fields.topic}\n`
  if (fields.data !== undefined) text += `data: ${fields.data}\n`
  return `${text}\n`
}

/** The table of errors: HTTP status, WebSocket close code. */
export const errors = {
  'bad-request': [400, 1008],
  'unsupported-version': [400, 1008],
  unauthorized: [401, 1008],
  forbidden: [403, 1008],
  expired: [401, 1008],
  'hello-timeout': [408, 1008],
  'unknown-client': [409, 1008],
  'too-large': [413, 1009],
  internal: [500, 1011],
  unavailable: [503, 1013],
} as const

/** Thrown where a request, a hello or a send is refused. */
export class Refusal extends Error {
  constructor(
    readonly code: keyof typeof errors,
    message: string,
  ) {
    super(message)
  }
}

/** What a client says of itself, in a query or in a message. */
export interface Hello {
  number: number
  cursor: string | undefined
  topics: string[]
  headers: Record<string, string>
  client: string | undefined
  unacknowledged: number
  next: number
}

/** How many topics one client may name. */
export const topicLimit = 20

export function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

/** A whole number that the client gave as text or as JSON. */
export function integer(value: unknown, name: string, least: number, fallback: number): number {
  if (value === undefined || value === null) return fallback
  const number = typeof value === 'string' && /^\d+$/.test(value) ? Number(value) : value
  if (typeof number === 'number' && Number.isSafeInteger(number) && number >= least) return number
  throw new Refusal('bad-request', `${name} must be a whole number, at least ${least}`)
}

/** Whether a topic can be one. */
export function isTopic(topic: string): boolean {
  return /^[^\r\n\0]{1,256}$/.test(topic)
}

/** Reads a hello from the members of a JSON message. A query is made into such members first. */
export function readHello(members: Record<string, unknown>): Hello {
  const version = integer(members.version, 'version', 0, 1)
  if (version !== 1) throw new Refusal('unsupported-version', `version ${version} is not spoken here, 1 is`)
  const { cursor, client, topics = [], headers = {} } = members
  if (cursor !== undefined && typeof cursor !== 'string') throw new Refusal('bad-request', 'cursor must be text')
  if (client !== undefined && !(typeof client === 'string' && /^[\w-]{16,64}$/.test(client)))
    throw new Refusal('bad-request', 'client must be 16 to 64 of A-Z a-z 0-9 - _')
  if (!Array.isArray(topics) || !topics.every((topic) => typeof topic === 'string'))
    throw new Refusal('bad-request', 'topics must be a list of texts')
  if (topics.length > topicLimit) throw new Refusal('bad-request', `more than ${topicLimit} topics`)
  if (!topics.every(isTopic)) throw new Refusal('bad-request', 'a topic must be 1 to 256 characters in one line')
  if (!isRecord(headers)) throw new Refusal('bad-request', 'headers must be an object')
  const texts = Object.entries(headers).flatMap(([name, value]) => (typeof value === 'string' ? [[name, value]] : []))
  return {
    number: integer(members.hello, 'hello', 1, 1),
    cursor,
    topics,
    headers: Object.fromEntries(texts),
    client,
    unacknowledged: integer(members.unacknowledged, 'unacknowledged', 1, 1),
    next: integer(members.next, 'next', 1, 1),
  }
}

/** The query of a GET as hello number 1. */
export function readQuery(query: URLSearchParams): Hello {
  const one = (name: string): string | undefined => query.get(name) ?? undefined
  return readHello({
    version: one('holdfast'),
    cursor: one('cursor'),
    topics: query.getAll('topic'),
    client: one('client'),
    unacknowledged: one('unacknowledged'),
    next: one('next'),
  })
}

/** A JSON object from the client, or bad-request. */
export function readMessage(text: string): Record<string, unknown> {
  try {
    const value: unknown = JSON.parse(text)
    if (isRecord(value)) return value
  } catch {
    // Said below, the same for what is no JSON and for what is no object.
  }
  throw new Refusal('bad-request', 'a message must be one JSON object')
}
