/** A mocked server for unit tests and preview pages, by way of msw. */
export type { ClientMessage, Sender } from '../server/handling.js'
export type { HubClient, WebHub } from '../server/web-hub.js'
export { mockServer } from './mock-server.js'
export { type SimulatedTab, type SimulatedTabs, simulatedTabs } from './tabs.js'
export type {
  BufferedTransport,
  HandledMessage,
  Mock,
  MockClient,
  MockHandler,
  MockMessage,
  MockOptions,
  MockServer,
  PlainMockMessage,
  PlainMockOptions,
  PlainMockServer,
  PlainPublishOptions,
  Way,
} from './types.js'
