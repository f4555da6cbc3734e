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

/** What a client may say of itself, and how it is refused, is wrong. */
export const helloFaults: readonly Fault[] = [
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
    name: 'any text is a topic',
    plant: (server) =>
      changeQueries(server, (query) => {
        for (const topic of query.getAll('topic')) if (!/^.{1,256}$/.test(topic)) query.delete('topic', topic)
      }),
    caught: ['hello.topic-that-is-none'],
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
]
