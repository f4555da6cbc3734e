import type { WebSocket } from 'ws'
import type { Fault } from './faults.js'
import type { ReferenceServer } from './server.js'
import { errors, Refusal } from './wire.js'

/** Changes every query before it is read. */
function changeQueries({ carriers, sockets }: ReferenceServer, change: (query: URLSearchParams) => void): void {
  const answer = carriers.answer.bind(carriers)
  carriers.answer = (request, response, query) => {
    change(query)
    return answer(request, response, query)
  }
  const upgrade = sockets.upgrade.bind(sockets)
  sockets.upgrade = (request, socket, head, query) => {
    change(query)
    upgrade(request, socket, head, query)
  }
}

/** Hears every message on a WebSocket too. */
function overhear({ sockets }: ReferenceServer, hear: (socket: WebSocket, text: string) => void): void {
  const converse = sockets.converse.bind(sockets)
  sockets.converse = (socket, request, query) => {
    socket.on('message', (data) => hear(socket, data.toString()))
    converse(socket, request, query)
  }
}

/** Changes the headers of every response that carries text. */
function changeHeaders({ carriers }: ReferenceServer, change: Record<string, string>): void {
  const headers = carriers.headers.bind(carriers)
  carriers.headers = () => ({ ...headers(), ...change })
}

/** How it is said, asked and refused is wrong. */
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
    name: 'unknown parameters are refused',
    plant: (server) =>
      changeQueries(server, (query) => {
        if (query.has('unheard')) query.set('holdfast', 'unheard of')
      }),
    caught: ['transports.ignored-parameters'],
  },
  {
    name: 'unknown members are refused',
    plant: (server) =>
      overhear(server, (socket, text) => {
        if (text.includes('unheard')) socket.close(1008)
      }),
    caught: ['transports.ignored-members'],
  },
  {
    name: 'every version is spoken',
    plant: (server) => {
      changeQueries(server, (query) => query.delete('holdfast'))
    },
    caught: ['hello.version'],
  },
  {
    name: 'numbers that are none are overlooked',
    plant: (server) =>
      changeQueries(server, (query) => {
        for (const name of ['wait', 'next', 'unacknowledged'])
          if (!/^[1-9]\d*$/.test(query.get(name) ?? '')) query.delete(name)
      }),
    caught: ['hello.number-that-is-none', 'hello.send-numbers'],
  },
  {
    name: 'any number of topics',
    plant: (server) =>
      changeQueries(server, (query) => {
        for (const topic of query.getAll('topic').slice(1)) query.delete('topic', topic)
      }),
    caught: ['hello.too-many-topics'],
  },
  {
    name: 'the query is a hello although a message follows',
    plant: (server) => changeQueries(server, (query) => query.delete('hello')),
    caught: ['hello.message'],
  },
  {
    name: 'the topics of the query are heard although a message follows',
    plant: (server) => {
      const asked = new Set<string>()
      changeQueries(server, (query) => {
        for (const topic of query.getAll('topic')) asked.add(topic)
      })
      const hears = server.stream.hears.bind(server.stream)
      server.stream.hears = (topics, event) => hears(topics, event) || asked.has(event.topic ?? '')
    },
    caught: ['hello.message.query-is-none', 'hello.message.topics'],
  },
  {
    name: 'violations on a WebSocket are overlooked',
    plant: ({ sockets }) => {
      sockets.end = () => {}
    },
    caught: ['hello.message.violation', 'hello.message.version', 'error.expired', 'security.unauthorized'],
    over: ['websocket'],
  },
  {
    name: 'a WebSocket that closes without a word',
    plant: ({ sockets }) => {
      sockets.end = (socket, refusal) => socket.close(errors[refusal.code][1])
    },
    caught: ['hello.message.timeout', 'hello.message.violation', 'security.forbidden', 'send.too-large'],
    over: ['websocket'],
  },
  {
    name: 'a WebSocket that closes with 1000',
    plant: ({ sockets, speech }) => {
      sockets.end = (socket, refusal) => {
        socket.send(speech.error(refusal))
        socket.close(1000)
      }
    },
    caught: ['hello.message.timeout', 'hello.version', 'send.unknown-client'],
    over: ['websocket'],
  },
  {
    name: 'a WebSocket that is spoken with before its hello',
    plant: (server) =>
      overhear(server, (socket) => {
        server.sockets.end = () => socket.send(server.speech.pong())
      }),
    caught: ['hello.message.first'],
  },
  {
    name: 'newcomers are cut off while the server drains',
    plant: ({ stream }) => {
      stream.enter = () => {
        if (stream.draining) throw new Refusal('internal', 'planted')
      }
    },
    caught: ['drain.newcomers'],
  },
  {
    name: 'a client that becomes another',
    plant: ({ sockets }) => {
      sockets.mayChangeClient = () => true
    },
    caught: ['hello.message.client'],
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
