import type { Fault } from './faults.js'
import { readSend } from './sends.js'
import { readMessage } from './wire.js'

/** What is said of the time for which sends are remembered is wrong. */
export const epochFaults: readonly Fault[] = [
  {
    name: 'ready tells no epoch',
    plant: ({ speech }) => {
      const ready = speech.ready.bind(speech)
      speech.ready = (data, position) => ready({ ...data, epoch: undefined }, position)
    },
    caught: ['ready.epoch', 'ready.another-epoch'],
  },
  {
    name: 'every hello is told another epoch',
    plant: ({ speech }) => {
      let hellos = 0
      const ready = speech.ready.bind(speech)
      speech.ready = (data, position) => ready({ ...data, epoch: `${++hellos}` }, position)
    },
    caught: ['ready.epoch'],
  },
  {
    name: 'the epoch outlives what it stands for',
    plant: ({ stream }) => {
      const { epoch } = stream
      Object.defineProperty(stream, 'epoch', { get: () => epoch, set() {} })
    },
    caught: ['ready.another-epoch'],
  },
  {
    name: 'a send of another epoch is handled',
    plant: ({ stream }) => {
      const send = stream.send.bind(stream)
      stream.send = (text, principal) => send(JSON.stringify({ ...readMessage(text), epoch: undefined }), principal)
    },
    caught: ['send.another-epoch'],
  },
  {
    name: 'a send of another epoch is handled where it introduces its client',
    plant: ({ stream }) => {
      const send = stream.send.bind(stream)
      stream.send = (text, principal) => {
        const said = readMessage(text)
        return send(JSON.stringify(readSend(said).next === undefined ? said : { ...said, epoch: undefined }), principal)
      }
    },
    caught: ['send.another-epoch'],
  },
  {
    name: 'a send without messages is refused for its epoch',
    plant: ({ stream }) => {
      const send = stream.send.bind(stream)
      stream.send = (text, principal) => {
        const said = readMessage(text)
        const { messages, epoch } = readSend(said)
        if (messages.length > 0 || epoch === undefined) return send(text, principal)
        return send(JSON.stringify({ ...said, messages: [{ number: 1, type: 'echo' }] }), principal)
      }
    },
    caught: ['send.empty-epoch'],
  },
  {
    name: 'pong tells no epoch',
    plant: ({ speech }) => {
      const pong = speech.pong.bind(speech)
      speech.pong = () => pong()
    },
    caught: ['send.empty-epoch', 'send.empty-introduces'],
  },
]
