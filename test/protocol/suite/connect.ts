import { WebSocket } from 'ws'
import { Carrier, type Transport } from './carrier.js'
import { Violation } from './violation.js'

/** Opens a WebSocket. Resolves when it is open or was refused. */
export async function openWebSocket(url: URL, headers: Record<string, string>): Promise<Carrier> {
  const address = new URL(url)
  address.protocol = address.protocol.replace('http', 'ws')
  const socket = new WebSocket(address, { headers, perMessageDeflate: false })
  const carrier = new Carrier(
    'websocket',
    (text) => socket.send(text),
    () => socket.terminate(),
    (held) => (held ? socket.pause() : socket.resume()),
  )
  await new Promise<void>((resolve, reject) => {
    socket.on('open', resolve)
    socket.on('message', (data, binary) => {
      if (binary) carrier.torn.push(`a binary message of ${data.toString().length} bytes`)
      else carrier.takeMessage(data.toString())
    })
    socket.on('close', (code) => carrier.finish({ code }))
    socket.on('unexpected-response', (_request, response) => {
      const chunks: Buffer[] = []
      response.on('data', (chunk: Buffer) => chunks.push(chunk))
      response.on('end', () => {
        const type = response.headers['content-type'] ?? ''
        const body = Buffer.concat(chunks).toString()
        carrier.finish({ refused: { status: response.statusCode ?? 0, type, body, headers: new Headers() } })
        resolve()
      })
    })
    socket.on('error', (error) => {
      reject(new Violation(`no WebSocket at ${address}: ${error.message}`))
    })
  })
  return carrier
}

/** Makes a request and reads its response in the background. Resolves with the headers. */
export async function openResponse(
  url: URL,
  init: RequestInit,
  transport: Transport,
  transmit: (text: string | Uint8Array) => void = () => {},
): Promise<Carrier> {
  const controller = new AbortController()
  let release = (): void => {}
  let gate: Promise<void> = Promise.resolve()
  const hold = (held: boolean): void => {
    release()
    gate = held ? new Promise((resolve) => (release = resolve)) : Promise.resolve()
  }
  const carrier = new Carrier(
    transport,
    transmit,
    () => {
      hold(false)
      controller.abort()
    },
    hold,
  )
  const response = await headersOf(url, { ...init, signal: controller.signal }, controller)
  carrier.headers = response.headers
  if (response.status !== 200) {
    const { status, headers } = response
    const body = await response.text()
    carrier.finish({ refused: { status, type: headers.get('content-type') ?? '', body, headers } })
    return carrier
  }
  void read(response, carrier, () => gate)
  return carrier
}

async function headersOf(url: URL, init: RequestInit, controller: AbortController): Promise<Response> {
  const timer = setTimeout(() => controller.abort(new Violation(`no response headers from ${url} within 5 s`)), 5000)
  try {
    return await fetch(url, init)
  } catch (error) {
    if (error instanceof Violation) throw error
    throw new Violation(`no response from ${url}: ${error instanceof Error ? (error.cause ?? error.message) : error}`)
  } finally {
    clearTimeout(timer)
  }
}

async function read(response: Response, carrier: Carrier, gate: () => Promise<void>): Promise<void> {
  const decoder = new TextDecoder()
  const reader = response.body?.getReader()
  try {
    while (reader !== undefined) {
      await gate()
      const { done, value } = await reader.read()
      if (done) break
      carrier.take(decoder.decode(value, { stream: true }))
    }
  } catch {
    // Cut, by the server or by the check: an end like any other.
  }
  carrier.endPart()
  carrier.finish({})
}
