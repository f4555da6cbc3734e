import type { Socket } from 'node:net'

/** Ends a connection by an RST. While a FIN is on its way a reset fails in Node (libuv's EINVAL), and it would never be closed. */
export function reset(socket: Socket): void {
  if (socket.writableEnded) socket.destroy()
  else socket.resetAndDestroy()
}
