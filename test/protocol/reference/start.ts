import { serveControls } from '../control/server.js'
import { referenceControls } from './controls.js'
import { type ReferenceOptions, ReferenceServer } from './server.js'

export interface Started {
  server: ReferenceServer
  url: string
  control: string
  close(): Promise<void>
}

/** Starts a reference server with its controls, changed before it listens where a fault is to be planted. */
export async function startReference(
  options?: ReferenceOptions,
  plant: (server: ReferenceServer) => void = () => {},
): Promise<Started> {
  const server = new ReferenceServer(options)
  plant(server)
  const url = await server.listen()
  const controls = await serveControls(referenceControls(server))
  return {
    server,
    url,
    control: controls.url,
    async close() {
      await controls.close()
      await server.close()
    },
  }
}
