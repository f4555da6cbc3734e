import type { Fault } from './faults.js'
import type { ReferenceServer } from './server.js'
import { Refusal } from './wire.js'

/** Changes the headers of every response that carries text. */
function changeHeaders({ carriers }: ReferenceServer, change: Record<string, string>): void {
  const headers = carriers.headers.bind(carriers)
  carriers.headers = () => ({ ...headers(), ...change })
}

/** How it is said, and to whom, is wrong. */
export const carrierFaults: readonly Fault[] = [
  {
    name: 'a block split over two messages',
    plant: ({ sockets }) => {
      sockets.transmit = (socket, text) => {
        socket.send(text.slice(0, text.length / 2))
        socket.send(text.slice(text.length / 2))
      }
    },
    caught: ['transports.whole-blocks'],
  },
  {
    name: 'binary messages',
    plant: ({ sockets }) => {
      const transmit = sockets.transmit.bind(sockets)
      sockets.transmit = (socket, text) => {
        if (text.includes('large-')) socket.send(Buffer.from(text))
        transmit(socket, text)
      }
    },
    caught: ['transports.whole-blocks'],
  },
  {
    name: 'one message for each block',
    plant: ({ sockets }) => {
      sockets.say = (socket, text) => sockets.transmit(socket, text)
    },
    caught: ['transports.packed'],
  },
  {
    name: 'another content type',
    plant: (server) => changeHeaders(server, { 'content-type': 'text/plain; charset=utf-8' }),
    caught: ['transports.content-type', 'result.headers'],
  },
  {
    name: 'a content type without a charset',
    plant: (server) => changeHeaders(server, { 'content-type': 'text/event-stream' }),
    caught: ['transports.content-type', 'result.headers'],
  },
  {
    name: 'what proxies may transform',
    plant: (server) => changeHeaders(server, { 'cache-control': 'no-cache' }),
    caught: ['transports.cache-control'],
  },
  {
    name: 'what proxies may hold back',
    plant: (server) => changeHeaders(server, { 'x-accel-buffering': 'yes' }),
    caught: ['transports.accel-buffering', 'result.headers'],
  },
  {
    name: 'binary messages are ignored',
    plant: ({ sockets }) => {
      sockets.refuseBinary = () => {}
    },
    caught: ['transports.binary'],
  },
  {
    name: 'a poll that never ends',
    plant: ({ carriers }) => {
      carriers.poll = (hello, principal, _wait, response) => carriers.endless(hello, principal, response)
    },
    caught: ['transports.finite', 'hello.wait-default', 'heartbeats.poll-is-due'],
  },
  {
    name: 'a poll that waits unasked',
    plant: ({ carriers }) => {
      const poll = carriers.poll.bind(carriers)
      carriers.poll = (hello, principal, wait, response) => poll(hello, principal, wait + 1500, response)
    },
    caught: ['hello.wait-default', 'heartbeats.poll-is-due'],
  },
  {
    name: 'a poll that waits on although there is something to say',
    plant: ({ carriers }) => {
      const poll = carriers.poll.bind(carriers)
      carriers.poll = (hello, principal, wait, response) => {
        const stream = carriers.stream
        const { add } = stream.listeners
        // Whoever would answer at the first event answers when the wait is over.
        stream.listeners.add = (listener) =>
          add.call(stream.listeners, { ...listener, write: (text) => setTimeout(() => listener.write(text), wait) })
        poll(hello, principal, wait, response)
        stream.listeners.add = add
      }
    },
    caught: ['heartbeats.poll-waits'],
  },
  {
    name: 'a stream that ends after one event',
    plant: ({ stream }) => {
      const join = stream.join.bind(stream)
      stream.join = (topics, principal, carrier) => {
        const write = (text: string): void => {
          carrier.write(text)
          if (text.includes('data:')) carrier.end(new Refusal('internal', 'planted'))
        }
        return join(topics, principal, { write, end: carrier.end })
      }
    },
    caught: ['transports.endless'],
  },
  {
    name: 'every origin is allowed',
    plant: ({ carriers }) => {
      carriers.allowsOrigin = () => true
    },
    caught: ['security.origin', 'security.origin-of-upgrade', 'security.origin-of-post'],
  },
  {
    name: 'no token is looked at',
    plant: ({ carriers, sockets }) => {
      const answer = carriers.answer.bind(carriers)
      carriers.answer = (request, response, query) => {
        delete request.headers.authorization
        return answer(request, response, query)
      }
      sockets.authorization = () => undefined
    },
    caught: [
      'security.unauthorized',
      'security.forbidden',
      'security.principal',
      'security.hello-headers',
      'send.post-authorized',
      'send.by-principal',
    ],
  },
  {
    name: 'refused tokens are said in HTTP before the upgrade',
    plant: ({ sockets }) => {
      const upgrade = sockets.upgrade.bind(sockets)
      sockets.upgrade = (request, socket, head, query) => {
        if (request.headers.authorization !== 'Bearer suite-refused') return upgrade(request, socket, head, query)
        socket.end('HTTP/1.1 401 Unauthorized\r\nConnection: close\r\nContent-Length: 0\r\n\r\n')
      }
    },
    caught: ['security.unauthorized'],
    over: ['websocket'],
  },
  {
    name: 'every refusal is a 400 in plain text',
    plant: ({ carriers }) => {
      carriers.refuse = (response, { message }) => void response.writeHead(400).end(message)
    },
    caught: ['hello.version', 'security.forbidden', 'security.origin', 'send.unknown-client', 'send.post-malformed'],
    over: ['sse', 'long-poll'],
  },
  {
    name: 'headers of a hello are not looked at',
    plant: ({ sockets }) => {
      sockets.authorization = (request) => request.headers.authorization
    },
    caught: ['security.hello-headers'],
  },
  {
    name: 'headers of a hello override those of the request',
    plant: ({ sockets }) => {
      sockets.authorization = (request, hello) => hello.headers.authorization ?? request.headers.authorization
    },
    caught: ['security.hello-headers-override'],
  },
]
