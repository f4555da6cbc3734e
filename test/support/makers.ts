import { startEventStreams } from './event-streams.js'
import { startForeignServer } from './foreign-server.js'
import { startMiddlebox } from './middlebox.js'
import { startPages } from './pages.js'
import { startPlainServer } from './plain-server.js'
import { startTestServer } from './server.js'
import { startWebStandardServer } from './web-standard-server.js'

/** What tests have in Node, also those that run in a browser. Arguments and results of all methods are JSON. */
export const makers = {
  server: startTestServer,
  eventStreams: startEventStreams,
  foreignServer: startForeignServer,
  middlebox: startMiddlebox,
  pages: startPages,
  plainServer: startPlainServer,
  webStandardServer: startWebStandardServer,
}
export type Makers = typeof makers
export type Made<Kind extends keyof Makers> = Awaited<ReturnType<Makers[Kind]>>
