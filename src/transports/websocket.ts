import { HoldfastError } from '../errors.js'
import type { WebSocketLike } from '../kit/env.js'
import type { Task, Transport } from '../seams.js'
import { uplink } from './http.js'

/** What a WebSocket transport can be told. */
export interface WebSocketOptions {
  /** An own URL, in place of that of the connection: ws, wss, http, https or relative. */
  url?: string | URL
}

/** A WebSocket (RFC 6455): the fastest way, where nothing stands in between. */
export function websocket({ url }: WebSocketOptions = {}): Transport {
  return {
    name: 'websocket',
    framing: 'message',
    url,
    run: (task: Task) =>
      new Promise((resolve, reject) => {
        const { frame, url } = task.ask()
        let socket: WebSocketLike
        try {
          socket = new task.env.WebSocket(url.replace(/^http/, 'ws'))
        } catch (cause) {
          // What the platform says holds the whole URL.
          throw new HoldfastError('network', 'The WebSocket could not be created (mixed content, or none here).', {
            cause,
          })
        }
        let open = false
        socket.binaryType = 'arraybuffer'
        socket.onopen = () => {
          open = true
          if (frame) socket.send(frame)
          task.opened({ send: (frame, leaving) => (leaving ? uplink(task).send(frame, leaving) : socket.send(frame)) })
        }
        socket.onmessage = (event: MessageEvent<string | ArrayBuffer>) => task.data(event.data)
        socket.onclose = ({ code, reason }: CloseEvent) => {
          if (code === 1000) resolve()
          else {
            const what = open
              ? `closed with ${code}${reason && ` (${reason})`}`
              : 'could not be opened: refused, or blocked on the way'
            reject(new HoldfastError('network', `The WebSocket ${what}.`, { status: code }))
          }
        }
        // A socket that hangs in CONNECTING must go: browsers open one at a time to each host.
        task.signal.addEventListener('abort', () => socket.close())
      }),
  }
}
