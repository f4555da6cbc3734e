import type { Fault } from './faults.js'

/** What is heard, from where and how often is wrong. */
export const streamFaults: readonly Fault[] = [
  {
    name: 'what goes to everybody goes to nobody',
    plant: ({ stream }) => {
      stream.hears = (topics, { topic }) => topic !== undefined && topics.includes(topic)
    },
    caught: ['hello.bare'],
  },
  {
    name: 'topics are compared as they stand in the query',
    plant: ({ stream }) => {
      stream.hears = (topics, { topic }) => topic === undefined || topics.includes(encodeURIComponent(topic))
    },
    caught: ['hello.encoding'],
  },
  {
    name: 'everybody hears every topic',
    plant: ({ stream }) => {
      stream.hears = () => true
    },
    caught: ['hello.other-topics', 'hello.message.topics', 'hello.message.query-is-none', 'ready.denied'],
  },
  {
    name: 'denied topics are heard',
    plant: ({ stream }) => {
      stream.allowsTopic = () => true
    },
    caught: ['ready.denied'],
  },
  {
    name: 'any type may be published',
    plant: ({ stream }) => {
      stream.allowsType = () => true
    },
    caught: ['events.type'],
  },
  {
    name: 'ephemeral events are kept',
    plant: ({ stream }) => {
      const publish = stream.publish.bind(stream)
      stream.publish = (type, data, topic) => publish(type, data, topic, false)
    },
    caught: ['events.ephemeral'],
  },
  {
    name: 'events before ready',
    plant: ({ stream }) => {
      const welcome = stream.welcome.bind(stream)
      stream.welcome = (hello, principal) => {
        const { text, ...others } = welcome(hello, principal)
        const end = text.indexOf('\n\n') + 2
        return { ...others, text: text.slice(end) + text.slice(0, end) }
      }
    },
    caught: ['ready.before-events'],
  },
  {
    name: 'what is replayed does not say its topic',
    plant: ({ stream }) => {
      const welcome = stream.welcome.bind(stream)
      stream.welcome = (hello, principal) => {
        const { text, ...others } = welcome(hello, principal)
        return { ...others, text: text.replace(/^:topic .*\n/gm, '') }
      }
    },
    caught: ['events.topic-of-what-was-missed'],
  },
  {
    name: 'a seam between replay and live feed',
    plant: ({ stream }) => {
      const late = new Set<() => void>()
      const join = stream.join.bind(stream)
      stream.join = (topics, principal, carrier) => {
        let leave = (): void => {}
        const enter = (): void => {
          leave = join(topics, principal, carrier)
        }
        late.add(enter)
        return () => {
          late.delete(enter)
          leave()
        }
      }
      const publish = stream.publish.bind(stream)
      stream.publish = (...event) => {
        const id = publish(...event)
        for (const enter of late) enter()
        late.clear()
        return id
      }
    },
    caught: ['events.once-in-order'],
    over: ['websocket', 'sse'],
  },
  {
    name: 'events are dropped in silence for who is slow, over SSE',
    plant: ({ stream, carriers }) => {
      const endless = carriers.endless.bind(carriers)
      carriers.endless = (hello, principal, response) => {
        const write = response.write.bind(response)
        response.write = (text: string) => response.writableNeedDrain || write(text)
        endless(hello, principal, response)
      }
      stream.speech.beat = () => ':\n\n'
    },
    caught: ['gap.told'],
    over: ['sse'],
  },
  {
    name: 'events are dropped in silence for who is slow, over WebSocket',
    plant: ({ sockets }) => {
      const transmit = sockets.transmit.bind(sockets)
      sockets.transmit = (socket, text) => {
        if (socket.bufferedAmount < 1_000_000) transmit(socket, text)
      }
    },
    caught: ['gap.told'],
    over: ['websocket'],
  },
  {
    name: 'tokens never expire',
    plant: ({ stream }) => {
      const join = stream.join.bind(stream)
      stream.join = (topics, { tag }, carrier) => join(topics, { tag }, carrier)
    },
    caught: ['error.expired'],
  },
  {
    name: 'a fresh token is of no use',
    plant: ({ stream }) => {
      const join = stream.join.bind(stream)
      stream.join = (topics, principal, carrier) => {
        join(topics, principal, carrier)
        return () => {}
      }
    },
    caught: ['error.renewed'],
  },
]
