import { toBase64 } from '../kit/base64.js'
import type { Protocol } from '../seams.js'

/** What tabs tell each other of the stream is text of the native wire format, whatever the protocol of the server. */
export function block(fields: Record<string, string | undefined>): string {
  let text = ''
  for (const [name, value] of Object.entries(fields)) if (value !== undefined) text += `${name}: ${value}\n`
  return `${text}\n`
}

/** The hot path of a leader. What a plain server said may be anything, and is wrapped. */
export function eventBlock(
  { native }: Protocol,
  type: string,
  data: string | ArrayBuffer,
  id: string | undefined,
  topic: string | undefined,
): string {
  const head = id === undefined ? '' : `id: ${id}\n`
  if (!native) return `${head}event: +${type}\ndata: ${wrap(data)}\n\n`
  const line = `${data}`
  return `${head}event: ${type}\n${topic === undefined ? '' : `:topic ${topic}\n`}data: ${line.includes('\n') ? line.replaceAll('\n', '\ndata: ') : line}\n\n`
}

function wrap(data: string | ArrayBuffer): string {
  return typeof data === 'string' ? JSON.stringify(data) : `base64:${toBase64(new Uint8Array(data))}`
}
