import type { Fault } from './faults.js'

/** What is said is wrong. */
export const textFaults: readonly Fault[] = [
  {
    name: 'open is missing',
    plant: ({ speech }) => {
      speech.open = () => ''
    },
    caught: ['open.first', 'open.unasked', 'open.before-error'],
  },
  {
    name: 'open without a heartbeat',
    plant: ({ speech }) => {
      speech.open = () => speech.json('open', { version: 1, level: 3 })
    },
    caught: ['open.shape', 'heartbeats.silence'],
  },
  {
    name: 'open with a position',
    plant: ({ speech }) => {
      const data = { version: 1, level: 3, heartbeat: 1000 }
      speech.open = () => speech.json('open', data, 'x.1')
    },
    caught: ['open.shape'],
  },
  {
    name: 'ready is missing',
    plant: ({ speech }) => {
      speech.ready = () => ''
    },
    caught: ['ready.after-open', 'ready.every-response', 'hello.message'],
  },
  {
    name: 'ready with another number',
    plant: ({ speech }) => {
      const ready = speech.ready.bind(speech)
      speech.ready = (data, position) => ready({ ...data, hello: 0 }, position)
    },
    caught: ['ready.shape', 'transports.ignored-parameters', 'hello.message'],
  },
  {
    name: 'ready that counts no hellos',
    plant: ({ speech }) => {
      const ready = speech.ready.bind(speech)
      speech.ready = (data, position) => ready({ ...data, hello: 1 }, position)
    },
    caught: ['hello.message.topics'],
  },
  {
    name: 'ready without a position',
    plant: ({ speech }) => {
      speech.ready = (data) => speech.json('ready', data)
    },
    caught: ['ready.position', 'positions.shape'],
  },
  {
    name: 'ready that tells seconds',
    plant: ({ speech }) => {
      const ready = speech.ready.bind(speech)
      speech.ready = (data, position) => ready({ ...data, expires: 1 }, position)
    },
    caught: ['ready.expires'],
  },
  {
    name: 'one tag for every principal',
    plant: ({ speech }) => {
      const ready = speech.ready.bind(speech)
      speech.ready = (data, position) => ready({ ...data, principal: 'everybody' }, position)
    },
    caught: ['security.principal'],
  },
  {
    name: 'handled is 0 for an unknown client',
    plant: ({ speech }) => {
      const ready = speech.ready.bind(speech)
      speech.ready = (data, position) => ready({ ...data, handled: 0 }, position)
    },
    caught: ['ready.handled', 'ready.forgotten', 'ready.shape'],
  },
  {
    name: 'id after data',
    plant: ({ speech }) => {
      speech.block = ({ id, event, data }) =>
        `${event === undefined ? '' : `event: ${event}\n`}data: ${data}\n${id === undefined ? '' : `id: ${id}\n`}\n`
    },
    caught: ['transports.field-order', 'events.shape'],
  },
  {
    name: 'lines end in CRLF',
    plant: ({ speech }) => {
      const block = speech.block.bind(speech)
      speech.block = (fields) => block(fields).replaceAll('\n', '\r\n')
    },
    caught: ['transports.line-ends'],
  },
  {
    name: 'events without a position',
    plant: ({ speech }) => {
      speech.event = ({ type, data }) => speech.block({ event: type, data })
    },
    caught: ['events.shape', 'positions.shape'],
  },
  {
    name: 'the type message is spelled out',
    plant: ({ speech }) => {
      speech.event = ({ id, type, data }) => speech.block({ id, event: type, data })
    },
    caught: ['events.message'],
  },
  {
    name: 'events do not say their topic',
    plant: ({ speech }) => {
      const event = speech.event.bind(speech)
      speech.event = (stored) => event({ ...stored, topic: undefined })
    },
    caught: ['events.topic', 'events.topic-of-what-was-missed'],
  },
  {
    name: 'the topic is a field',
    plant: ({ speech }) => {
      const block = speech.block.bind(speech)
      speech.block = (fields) => block(fields).replace(/^:topic/m, 'topic:')
    },
    caught: ['events.topic', 'events.topic-of-what-was-missed'],
  },
  {
    name: 'the topic line stands behind the data',
    plant: ({ speech }) => {
      const block = speech.block.bind(speech)
      speech.block = ({ topic, ...others }) =>
        topic === undefined ? block(others) : block(others).replace(/\n$/, `:topic ${topic}\n\n`)
    },
    caught: ['events.topic'],
  },
  {
    name: 'a topic line where there is no topic',
    plant: ({ speech }) => {
      const event = speech.event.bind(speech)
      speech.event = (stored) => event({ ...stored, topic: stored.topic ?? '' })
    },
    caught: ['events.topic'],
  },
  {
    name: 'a topic line in blocks that are no events',
    plant: ({ speech }) => {
      const json = speech.json.bind(speech)
      speech.json = (event, data, id) => json(event, data, id).replace('data:', ':topic holdfast\ndata:')
    },
    caught: ['events.topic'],
  },
  {
    name: 'JSON over many lines',
    plant: ({ speech }) => {
      const event = speech.event.bind(speech)
      speech.event = (stored) => {
        if (stored.data.startsWith('base64:')) return event(stored)
        const pretty = JSON.stringify(JSON.parse(stored.data), null, 2)
        return event({ ...stored, data: pretty.replaceAll('\n', '\ndata: ') })
      }
    },
    caught: ['events.json'],
  },
  {
    name: 'base64 without padding',
    plant: ({ speech }) => {
      const event = speech.event.bind(speech)
      speech.event = (stored) => event({ ...stored, data: stored.data.replace(/=+$/, '') })
    },
    caught: ['events.bytes'],
  },
  {
    name: 'a position of 300 characters',
    plant: ({ speech }) => {
      const event = speech.event.bind(speech)
      speech.event = (stored) => event({ ...stored, id: stored.id?.padEnd(300, '0') })
    },
    caught: ['positions.shape'],
  },
  {
    name: 'filtered streams stand still',
    plant: ({ speech }) => {
      speech.moved = () => ''
    },
    caught: ['positions.id-alone'],
  },
  {
    name: 'no heartbeat',
    plant: ({ speech }) => {
      speech.beat = () => ''
    },
    caught: ['heartbeats.silence'],
  },
  {
    name: 'a heartbeat that says something',
    plant: ({ speech }) => {
      speech.beat = () => ': still here\n\n'
    },
    caught: ['heartbeats.silence'],
  },
  {
    name: 'no padding',
    plant: ({ speech }) => {
      speech.padding = () => ''
    },
    caught: ['transports.padding'],
  },
  {
    name: 'drain without a window',
    plant: ({ speech }) => {
      speech.drain = () => speech.json('drain', {})
    },
    caught: ['drain.shape'],
  },
  {
    name: 'pong is missing',
    plant: ({ speech }) => {
      speech.pong = () => ''
    },
    caught: ['ping.pong'],
  },
]
