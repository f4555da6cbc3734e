import { MAX_QUEUED_SENDS } from '../constants.js'
import { HoldfastError } from '../errors.js'
import type { Attempt } from './attempt.js'
import type { Outbox } from './outbox.js'

type Frame = string | BufferSource | Blob

/** Sends of a plain protocol: one frame each, on a WebSocket, once; nobody acknowledges them. */
export function createDirect(): Outbox {
  let carrier: Attempt | undefined
  let waiting: { frame: Frame; resolve: () => void; reject: (error: unknown) => void }[] = []

  const closed = () => new HoldfastError('closed', 'The connection was closed before this was sent.')
  const pump = () => {
    if (!carrier) return
    for (const { frame, resolve, reject } of waiting.splice(0)) {
      if (carrier.transport.framing === 'message') carrier.send(frame).then(resolve, reject)
      else reject(new HoldfastError('not-supported', 'A plain server takes sends on a WebSocket only: use fetch().'))
    }
  }

  return {
    hello: () => ({ client: '', unacknowledged: 1, next: 1 }),
    send: (frame, options) =>
      new Promise<void>((resolve, reject) => {
        const { signal } = { ...(options as { signal?: AbortSignal } | undefined) }
        signal?.throwIfAborted()
        if (waiting.length >= MAX_QUEUED_SENDS)
          throw new HoldfastError('queue-full', 'Too many frames wait to be sent.')
        const entry = { frame: frame as Frame, resolve, reject }
        waiting.push(entry)
        signal?.addEventListener('abort', () => {
          waiting = waiting.filter((other) => other !== entry)
          reject(signal.reason)
        })
        pump()
      }),
    ready(attempt) {
      carrier = attempt
      pump()
    },
    lost() {
      carrier = undefined
    },
    result() {},
    leave() {},
    close() {
      for (const { reject } of waiting.splice(0)) reject(closed())
    },
  }
}
