import { fork } from 'node:child_process'
import type { Hosted } from './host.js'
import { isRecord } from './record.js'

/** A server in a process of its own. */
export interface ServerProcess extends Hosted {
  readonly pid: number
  close(): Promise<void>
}

/** @param hostModule a module that calls `host` */
export async function startServer(hostModule: string): Promise<ServerProcess> {
  const child = fork(hostModule)
  const ended = new Promise<void>((resolve) => child.once('exit', () => resolve()))
  const hosted = await new Promise<Hosted>((resolve, reject) => {
    child.once('message', (message: unknown) =>
      isHosted(message) ? resolve(message) : reject(new Error(`${hostModule} said ${JSON.stringify(message)}`)),
    )
    child.once('exit', (code) => reject(new Error(`${hostModule} ended with code ${code}`)))
  })
  return {
    ...hosted,
    pid: child.pid ?? 0,
    close() {
      if (child.connected) child.disconnect()
      return ended
    },
  }
}

function isHosted(message: unknown): message is Hosted {
  return isRecord(message) && typeof message.port === 'number' && isRecord(message.variants)
}
