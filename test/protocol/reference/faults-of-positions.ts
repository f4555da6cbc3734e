import type { Fault } from './faults.js'

/** From where a stream goes on, and what is replayed, is wrong. */
export const positionFaults: readonly Fault[] = [
  {
    name: 'ready begins at the oldest',
    plant: ({ stream }) => {
      const resume = stream.resume.bind(stream)
      stream.resume = (hello) => ({ ...resume(hello), position: stream.history.position(0) })
    },
    caught: ['ready.position'],
  },
  {
    name: 'ready that skips what it will replay',
    plant: ({ stream }) => {
      const resume = stream.resume.bind(stream)
      stream.resume = (hello) => ({ ...resume(hello), position: stream.history.position() })
    },
    caught: ['ready.position-of-cursor'],
  },
  {
    name: 'replays twice',
    plant: ({ stream }) => {
      const resume = stream.resume.bind(stream)
      stream.resume = (hello) => {
        const { missed, ...others } = resume(hello)
        return { ...others, missed: [...missed, ...missed] }
      }
    },
    caught: ['events.once-in-order'],
  },
  {
    name: 'replays backwards',
    plant: ({ stream }) => {
      const resume = stream.resume.bind(stream)
      stream.resume = (hello) => {
        const { missed, ...others } = resume(hello)
        return { ...others, missed: missed.reverse() }
      }
    },
    caught: ['events.once-in-order', 'positions.resume'],
  },
  {
    name: 'the event of the cursor comes again',
    plant: ({ stream }) => {
      const resume = stream.resume.bind(stream)
      stream.resume = (hello) => {
        const [life, sequence] = hello.cursor?.split('.') ?? []
        const before = sequence === undefined || sequence === '0' ? hello.cursor : `${life}.${Number(sequence) - 1}`
        return resume({ ...hello, cursor: before })
      }
    },
    caught: ['positions.resume', 'events.once-in-order'],
  },
  {
    name: 'resumes from the oldest on an unknown cursor',
    plant: ({ stream }) => {
      const resume = stream.resume.bind(stream)
      stream.resume = (hello) => {
        const resumed = resume(hello)
        return resumed.gap ? resume({ ...hello, cursor: stream.history.position(0) }) : resumed
      }
    },
    caught: ['positions.foreign', 'positions.generation'],
  },
  {
    name: 'begins at the present on an unknown cursor, and tells no gap',
    plant: ({ stream }) => {
      const resume = stream.resume.bind(stream)
      stream.resume = (hello) => ({ ...resume(hello), gap: false })
    },
    caught: ['positions.foreign', 'positions.generation', 'positions.trimmed'],
  },
  {
    name: 'tells a gap, and replays the oldest all the same',
    plant: ({ stream }) => {
      const resume = stream.resume.bind(stream)
      stream.resume = (hello) => {
        const resumed = resume(hello)
        const missed = stream.history.after(stream.history.position(0)) ?? []
        return resumed.gap ? { ...resumed, missed } : resumed
      }
    },
    caught: ['positions.foreign'],
  },
  {
    name: 'a position that only counts',
    plant: ({ stream }) => {
      const resume = stream.resume.bind(stream)
      stream.resume = (hello) => {
        const sequence = hello.cursor?.split('.')[1]
        if (sequence === undefined) return resume(hello)
        return resume({ ...hello, cursor: stream.history.position(Number(sequence)) })
      }
    },
    caught: ['positions.generation'],
  },
  {
    name: 'what was just said cannot be replayed yet',
    plant: ({ stream }) => {
      let newest = 0
      const publish = stream.publish.bind(stream)
      stream.publish = (...event) => {
        newest = performance.now()
        return publish(...event)
      }
      const resume = stream.resume.bind(stream)
      stream.resume = (hello) => {
        const { missed, ...others } = resume(hello)
        return { ...others, missed: performance.now() - newest < 200 ? missed.slice(0, -1) : missed }
      }
    },
    caught: ['positions.other-carrier'],
  },
  {
    name: 'what was just said is a position that is not known yet',
    plant: ({ stream }) => {
      let newest: string | undefined
      const publish = stream.publish.bind(stream)
      stream.publish = (...event) => {
        const id = publish(...event)
        newest = id
        setTimeout(() => {
          if (newest === id) newest = undefined
        }, 200)
        return id
      }
      const resume = stream.resume.bind(stream)
      stream.resume = (hello) => {
        const resumed = resume(hello)
        return { ...resumed, gap: resumed.gap || (newest !== undefined && hello.cursor === newest) }
      }
    },
    caught: ['positions.other-carrier'],
  },
  {
    name: 'a gap where only other topics happened',
    plant: ({ stream }) => {
      const resume = stream.resume.bind(stream)
      stream.resume = (hello) => {
        const resumed = resume(hello)
        return { ...resumed, gap: resumed.gap || resumed.missed.some((event) => event.topic !== undefined) }
      }
    },
    caught: ['positions.filtered'],
  },
  {
    name: 'a repeated hello goes on where the one before was',
    plant: ({ stream }) => {
      const resume = stream.resume.bind(stream)
      stream.resume = (hello) => resume(hello.number > 1 ? { ...hello, cursor: undefined } : hello)
    },
    caught: ['hello.message.cursor'],
  },
]
