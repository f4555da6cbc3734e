import { onTestFinished } from 'vitest'
import { startTestServer, TestServer, type TestServerOptions } from '../support/server.js'
import { type ProxyName, type RunningProxy, startProxy } from './proxies.js'

export interface Behind {
  readonly server: TestServer
  readonly proxy: RunningProxy
  /** Where the hub is for a client: through the proxy. */
  readonly url: string
}

/** One hub in this process, new or already there, which stands for both, and a real proxy in front of it. */
export async function behind(
  name: ProxyName,
  options: TestServer | TestServerOptions = {},
  changes: Readonly<Record<string, string>> = {},
): Promise<Behind> {
  const there = options instanceof TestServer
  const server = there ? options : await startTestServer(options)
  if (!there) onTestFinished(() => server.close())
  const port = Number(new URL(server.url).port)
  // It has no health endpoint: the port alone is asked.
  const plain: Record<string, string> = name === 'haproxy' ? { 'option httpchk GET /health': '' } : {}
  const proxy = await startProxy(name, [port, port], { ...plain, ...changes })
  return { server, proxy, url: `${proxy.url}/live` }
}
