import { onTestFinished } from 'vitest'
import { startTestServer, TestServer, type TestServerOptions } from '../support/server.js'
import { type ProxyName, type RunningProxy, startProxy } from './proxies.js'

export interface Behind {
  readonly server: TestServer
  readonly proxy: RunningProxy
  /** Where the hub is for a client: through the proxy. */
  readonly url: string
}

export interface BehindOptions {
  /** The hub; one that is not there yet is made. */
  server?: TestServer | TestServerOptions
  /** The port of the second process. Default: that of the hub, which stands for both. */
  second?: number
  /** What is different in the proxy's file. */
  changes?: Readonly<Record<string, string>>
}

/** A hub in this process, and a real proxy in front of it. */
export async function behind(
  name: ProxyName,
  { server: given = {}, second, changes }: BehindOptions = {},
): Promise<Behind> {
  const server = given instanceof TestServer ? given : await startTestServer(given)
  if (server !== given) onTestFinished(() => server.close())
  const port = Number(new URL(server.url).port)
  // It has no health endpoint: the port alone is asked.
  const plain: Record<string, string> = name === 'haproxy' ? { 'option httpchk GET /health': '' } : {}
  const proxy = await startProxy(name, [port, second ?? port], { ...plain, ...changes })
  return { server, proxy, url: `${proxy.url}/live` }
}
