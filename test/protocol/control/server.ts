import { createServer, type IncomingMessage } from 'node:http'

/** One event that the suite asks the server under test to publish. */
export interface Publication {
  type: string
  data?: unknown
  /** base64, in place of `data`. */
  bytes?: string
  topic?: string
  ephemeral?: boolean
}

/** What a server under test offers: docs/protocol-suite.md says of each what it does. What is absent is not offered. */
export interface Controls {
  /** What else the suite may know of the server: see docs/protocol-suite.md. */
  facts?: { tokens?: boolean; sends?: boolean; topics?: boolean; anyOrigin?: boolean; topicLimit?: number }
  publish?(events: readonly Publication[]): Promise<(string | null)[]> | (string | null)[]
  restart?(): Promise<void> | void
  trim?(): Promise<void> | void
  drain?(window: number): Promise<void> | void
  handled?(): readonly { at: 'begin' | 'end'; type: string; data: unknown }[]
}

/** Offers the controls over HTTP, on a port of their own. */
export async function serveControls(controls: Controls): Promise<{ url: string; close(): Promise<void> }> {
  const perform = async (name: string, body: Record<string, unknown>): Promise<object | undefined> => {
    switch (name) {
      case 'GET /': {
        const offers = Object.keys(controls).filter((key) => key !== 'facts')
        return { control: 1, offers, ...controls.facts }
      }
      case 'POST /publish':
        return { ids: await controls.publish?.(publications(body.events)) }
      case 'POST /restart':
        await controls.restart?.()
        return {}
      case 'POST /trim':
        await controls.trim?.()
        return {}
      case 'POST /drain':
        await controls.drain?.(Number(body.window))
        return {}
      case 'GET /handled':
        return { log: controls.handled?.() }
    }
    return undefined
  }
  const server = createServer(async (request, response) => {
    try {
      const answer = await perform(`${request.method} ${request.url}`, await readBody(request))
      response.writeHead(answer === undefined ? 404 : 200, { 'content-type': 'application/json' })
      response.end(JSON.stringify(answer ?? {}))
    } catch (error) {
      response.writeHead(422, { 'content-type': 'application/json' }).end(JSON.stringify({ message: String(error) }))
    }
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const address = server.address()
  if (address === null || typeof address === 'string') throw new Error('the control listens on no port')
  return {
    url: `http://127.0.0.1:${address.port}`,
    async close() {
      server.closeAllConnections()
      await new Promise((resolve) => server.close(resolve))
    },
  }
}

async function readBody(request: IncomingMessage): Promise<Record<string, unknown>> {
  const chunks: Buffer[] = []
  for await (const chunk of request) chunks.push(chunk)
  if (chunks.length === 0) return {}
  const body: unknown = JSON.parse(Buffer.concat(chunks).toString())
  if (!isRecord(body)) throw new TypeError('the body must be a JSON object')
  return body
}

function publications(events: unknown): Publication[] {
  if (!Array.isArray(events)) throw new TypeError('events must be a list')
  return events.map((event: unknown) => {
    if (!isRecord(event) || typeof event.type !== 'string') throw new TypeError('an event must have a type')
    return {
      type: event.type,
      data: event.data,
      bytes: typeof event.bytes === 'string' ? event.bytes : undefined,
      topic: typeof event.topic === 'string' ? event.topic : undefined,
      ephemeral: event.ephemeral === true,
    }
  })
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}
