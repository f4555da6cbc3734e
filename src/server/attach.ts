import type { IncomingMessage, Server, ServerResponse } from 'node:http'
import type { Server as SecureServer } from 'node:https'
import type { Duplex } from 'node:stream'
import type { WebSocketServer } from 'ws'
import type { Core } from './core.js'
import { readUrl, serveNode } from './node-endpoint.js'
import { serveUpgrade } from './websocket-endpoint.js'

/** What a hub can be attached to: a server of `node:http` or `node:https`. */
export type HttpServer = Server | SecureServer

/** Where on a server a hub is, and how its WebSockets are made. */
export interface AttachOptions {
  /** Begins with `/`, and is taken as it is: no prefix, no pattern. Default `/live`. */
  path?: string
  /** WebSocket compression (RFC 7692), as `ws` takes it. Default `false`: it costs more memory than it saves here. */
  perMessageDeflate?: boolean | object
}

/** From Node 24.9 on a server asks this before it treats a request as an upgrade. */
type ShouldUpgrade = (request: IncomingMessage) => boolean

/** How long a WebSocket that we close may take to close as well, in ms. */
const CLOSE_TIMEOUT = 2_000

/**
 * Takes one path of a server, and leaves every other request and upgrade to whoever else is there.
 *
 * All listeners of an event hear it, so a handler that was added before or after ours (an Express app, another WebSocket
 * server) would answer our path too. So what is for our path is taken out where the server emits it.
 * @returns a function that gives the path back
 */
export function attachTo(core: Core, server: HttpServer, options: AttachOptions = {}): () => void {
  const { path = '/live', perMessageDeflate = false } = options
  if (typeof path !== 'string' || !path.startsWith('/')) throw new TypeError("attach: path must begin with '/'.")
  const isOurs = (request: IncomingMessage) => isAt(path, request)
  const sockets = once(async (): Promise<WebSocketServer> => {
    const { WebSocketServer } = await import('ws')
    // Larger messages than we take, so that we can say why, and not without bound.
    const maxPayload = core.limits.messageBytes * 4
    const settings = {
      noServer: true,
      clientTracking: false,
      perMessageDeflate,
      maxPayload,
      closeTimeout: CLOSE_TIMEOUT,
    }
    return new WebSocketServer(settings)
  })

  let attached = true
  const emit = server.emit
  const take = (event: string | symbol, ...values: unknown[]): boolean => {
    const [request, second, head] = values
    if (attached && isRequest(request)) {
      if (event === 'request' || event === 'checkContinue' || event === 'checkExpectation') {
        if (isResponse(second) && isOurs(request)) {
          if (event === 'checkContinue') second.writeContinue()
          serveNode(core, request, second)
          return true
        }
      } else if (event === 'upgrade' && isSocket(second) && Buffer.isBuffer(head)) {
        if (isOurs(request) && isWebSocket(request)) {
          serveUpgrade(core, sockets, request, second, head)
          return true
        }
        // Only our own listener is there: without us Node would have done this.
        if (server.listenerCount('upgrade') === 1)
          return chooses ? second.destroy().destroyed : ignoreUpgrade(server, request, second)
      }
    }
    return Reflect.apply(emit, server, [event, ...values])
  }
  server.emit = take

  const { chooses, restore } = askForUpgrades(server, (request) => attached && isOurs(request) && isWebSocket(request))
  return () => {
    if (!attached) return
    attached = false
    restore()
    // Where somebody else has put himself in front of us meanwhile, we stay, and let everything pass.
    if (server.emit === take) server.emit = emit
  }
}

/**
 * Makes the server emit upgrades: it does so only if there is a listener.
 * @returns whether it emits none but ours because of us
 */
function askForUpgrades(server: HttpServer, isOurs: ShouldUpgrade): { chooses: boolean; restore: () => void } {
  const listener = () => {}
  server.on('upgrade', listener)
  if (!('shouldUpgradeCallback' in server && isShouldUpgrade(server.shouldUpgradeCallback)))
    return { chooses: false, restore: () => server.off('upgrade', listener) }

  const before = server.shouldUpgradeCallback
  const ask: ShouldUpgrade = (request) => {
    if (isOurs(request)) return true
    // Node's own answer is whether there is a listener. Ours does not count.
    server.off('upgrade', listener)
    const answer = Reflect.apply(before, server, [request])
    server.on('upgrade', listener)
    return answer
  }
  const asking: { shouldUpgradeCallback: ShouldUpgrade } = Object.assign(server, { shouldUpgradeCallback: ask })
  const restore = () => {
    server.off('upgrade', listener)
    if (asking.shouldUpgradeCallback === ask) asking.shouldUpgradeCallback = before
  }
  return { chooses: true, restore }
}

/** Answers as if there had been no `Upgrade` header: what clients send who offer HTTP/2 to everybody. */
function ignoreUpgrade(server: HttpServer, request: IncomingMessage, socket: Duplex): boolean {
  const http = process.getBuiltinModule('node:http')
  const { Socket } = process.getBuiltinModule('node:net')
  if (!(socket instanceof Socket)) return socket.destroy().destroyed
  const response = new http.ServerResponse(request)
  // The parser has let go of the socket, so this request is the last one on it.
  response.shouldKeepAlive = false
  response.assignSocket(socket)
  response.on('finish', () => {
    response.detachSocket(socket)
    socket.destroySoon()
  })
  return server.emit('request', request, response)
}

function once<Value>(make: () => Promise<Value>): () => Promise<Value> {
  let made: Promise<Value> | undefined
  return () => {
    made ??= make()
    return made
  }
}

/** Every request of the server is looked at, not only ours: what is a path as it stands need not be parsed. */
function isAt(path: string, request: IncomingMessage): boolean {
  const [asked = ''] = request.url?.split('?', 1) ?? []
  return /^[\w/-]+$/.test(asked) ? asked === path : readUrl(request)?.pathname === path
}

function isWebSocket(request: IncomingMessage): boolean {
  return request.headers.upgrade?.toLowerCase() === 'websocket'
}

function isRequest(value: unknown): value is IncomingMessage {
  return typeof value === 'object' && value !== null && 'url' in value && 'headers' in value
}

function isResponse(value: unknown): value is ServerResponse {
  return typeof value === 'object' && value !== null && 'writeHead' in value
}

function isSocket(value: unknown): value is Duplex {
  return typeof value === 'object' && value !== null && 'write' in value && 'destroy' in value
}

function isShouldUpgrade(value: unknown): value is ShouldUpgrade {
  return typeof value === 'function'
}
