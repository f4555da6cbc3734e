import { createServer, type RequestListener, type Server, type ServerResponse } from 'node:http'
import { createRequire } from 'node:module'
import { connect } from 'node:net'
import { describe, expect, test, vi } from 'vitest'
import { WebSocketServer } from 'ws'
import { createHub } from '../../../src/server/index.js'
import { hear, Served, Socket } from './served.js'

/** What a server says to a request that offers another protocol, read to the end. */
function offer(url: string, path: string, protocol = 'h2c'): Promise<string> {
  return new Promise((resolve, reject) => {
    const { hostname, port } = new URL(url)
    const socket = connect(Number(port), hostname)
    let text = ''
    socket.on('data', (data) => {
      text += data
      if (text.includes('holdfast:ready')) socket.destroy()
    })
    socket.on('error', reject)
    socket.on('close', () => resolve(text))
    socket.write(
      `GET ${path} HTTP/1.1\r\nHost: ${hostname}\r\nConnection: Upgrade, HTTP2-Settings\r\nUpgrade: ${protocol}\r\n\r\n`,
    )
    // Only half: who answers closes.
    socket.end()
  })
}

/** The slice of Express that is used: it brings no types. */
type Express = () => RequestListener & { use(handler: (request: unknown, response: ServerResponse) => void): void }
const express: Express = createRequire(import.meta.url)('express')

describe('attach', () => {
  test('takes its path from an app that was there before, and leaves it the rest', async () => {
    const app = express()
    let asked = 0
    app.use((_, response) => {
      asked += 1
      response.writeHead(418).end('app')
    })
    await using served = await Served.start({}, app)
    const stream = hear(await fetch(`${served.url}/live`))
    await stream.block('holdfast:ready')
    expect(asked).toBe(0)
    for (const path of ['/', '/live/', '/lively', '/x?path=/live'])
      expect((await fetch(served.url + path)).status).toBe(418)
    expect(asked).toBe(4)
    await stream.cancel()
  })

  test.each([
    ['/live', true],
    ['/live?carrier=poll', true],
    ['/live#there', true],
    ['/x/../live', true],
    ['/./live', true],
    ['http://elsewhere.test/live', true],
    ['/%6Cive', false],
    ['//live', false],
    ['//elsewhere.test/live', false],
    ['/live/', false],
    ['/Live', false],
    ['/live/../x', false],
    ['*', false],
  ])('%s on the wire is for it: %s', async (target, ours) => {
    await using served = await Served.start({}, (_, response) => response.writeHead(418).end('app'))
    const answer = await offer(served.url, target)
    expect(answer).toMatch(ours ? /^HTTP\/1\.1 200/ : /^HTTP\/1\.1 418/)
  })

  test('takes its path from handlers that come after', async () => {
    await using served = await Served.start()
    let asked = 0
    served.server.on('request', () => {
      asked += 1
    })
    served.server.on('upgrade', () => {
      asked += 1
    })
    const socket = served.socket()
    await socket.block('holdfast:ready')
    expect((await fetch(`${served.url}/live?carrier=poll`)).status).toBe(200)
    expect(asked).toBe(0)
  })

  test.each(['before', 'after'])('leaves other WebSocket paths to a handler that was added %s', async (when) => {
    const server = createServer()
    const other = new WebSocketServer({ noServer: true })
    const listen = () =>
      server.on('upgrade', (request, socket, head) => {
        if (request.url === '/other') other.handleUpgrade(request, socket, head, (webSocket) => webSocket.send('hi'))
      })
    const hub = createHub()
    if (when === 'before') listen()
    hub.attach(server)
    if (when === 'after') listen()
    await using served = await listening(server, hub)
    expect(await open(served, '/other')).toBe('hi')
    expect(await open(served, '/live')).toContain('holdfast:open')
  })

  test('leaves Node alone with upgrades that nobody handles', async () => {
    const bare = createServer((request, response) => response.end(`request ${request.url}`))
    await using without = await listening(bare)
    await using served = await Served.start({}, (request, response) => response.end(`request ${request.url}`))
    const expected = body(await offer(without.url, '/x'))
    expect(expected).toContain('request /x')
    expect(body(await offer(served.url, '/x'))).toBe(expected)
    expect(body(await offer(served.url, '/x', 'websocket'))).toBe(body(await offer(without.url, '/x', 'websocket')))
  })

  test('does the same where Node does not ask before an upgrade', async () => {
    const server = createServer({ shouldUpgradeCallback: () => true } as object, (request, response) =>
      response.end(`request ${request.url}`),
    )
    // As Node 22 has it: all upgrades are emitted as soon as anybody listens.
    const older = new Proxy(server, { has: (target, name) => name !== 'shouldUpgradeCallback' && name in target })
    const hub = createHub()
    hub.attach(older)
    await using served = await listening(server, hub)
    expect(await offer(served.url, '/x')).toContain('request /x')
    expect(await open(served, '/live')).toContain('holdfast:open')
  })

  test('answers by SSE on its path where another protocol is offered', async () => {
    await using served = await Served.start()
    expect(await offer(served.url, '/live')).toContain('holdfast:ready')
  })

  test('without the package ws says so, once it matters, and serves the other two', async () => {
    vi.doMock('ws', () => {
      throw new Error("Cannot find package 'ws'")
    })
    try {
      await using served = await Served.start()
      expect(served.errors).toEqual([])
      const key = 'dGhlIHNhbXBsZSBub25jZQ=='
      const answer = await new Promise<string>((resolve) => {
        const { hostname, port } = new URL(served.url)
        const line = connect(Number(port), hostname)
        line.write(
          `GET /live HTTP/1.1\r\nHost: x\r\nConnection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: ${key}\r\n\r\n`,
        )
        let text = ''
        line.on('data', (data) => {
          text += data
        })
        line.on('close', () => resolve(text))
      })
      expect(answer).toMatch(/^HTTP\/1.1 501 /)
      expect(served.errors).toHaveLength(1)
      expect((await fetch(`${served.url}/live?carrier=poll`)).status).toBe(200)
    } finally {
      vi.doUnmock('ws')
    }
  })

  test('two hubs on one server', async () => {
    await using served = await Served.start()
    const second = createHub()
    const detach = second.attach(served.server, { path: '/second' })
    await second.publish('second', 1)
    const sockets = [served.socket(), served.socket('', { path: '/second' })]
    for (const socket of sockets) await socket.block('holdfast:ready')
    expect([served.hub.clients.size, second.clients.size]).toEqual([1, 1])
    detach()
    expect(await (await fetch(`${served.url}/second`)).text()).toBe('other')
    await second.close()
  })

  test('gives the path back, and leaves nothing behind', async () => {
    const server = createServer((_, response) => response.end('other'))
    const emit = server.emit
    const shouldUpgrade = Reflect.get(server, 'shouldUpgradeCallback')
    const hub = createHub()
    const detach = hub.attach(server)
    detach()
    detach()
    expect(server.emit).toBe(emit)
    expect(Reflect.get(server, 'shouldUpgradeCallback')).toBe(shouldUpgrade)
    expect(server.listenerCount('upgrade')).toBe(0)
    await using served = await listening(server, hub)
    expect(await (await fetch(`${served.url}/live`)).text()).toBe('other')
  })

  test.each(['live', 7])('refuses a path that is none: %s', (path) => {
    expect(() => createHub().attach(createServer(), { path: path as string })).toThrow(TypeError)
  })
})

type Listening = { url: string; server: Server } & AsyncDisposable

async function listening(server: Server, hub = createHub()): Promise<Listening> {
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const address = server.address()
  if (typeof address !== 'object' || address === null) throw new Error('not listening')
  return {
    server,
    url: `http://127.0.0.1:${address.port}`,
    async [Symbol.asyncDispose]() {
      await hub.close()
      server.closeAllConnections()
      await new Promise((resolve) => server.close(resolve))
    },
  }
}

async function open({ url }: Listening, path: string): Promise<string> {
  const { WebSocket } = await import('ws')
  const socket = new Socket(new WebSocket(url.replace('http', 'ws') + path))
  const text = await socket.until(({ text: heard }) => heard !== '' && heard)
  socket.socket.terminate()
  return text
}

/** Without the date. */
function body(text: string): string {
  return text.replace(/Date: .*\r\n/, '')
}
