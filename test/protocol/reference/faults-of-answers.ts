import type { Fault } from './faults.js'
import type { ReferenceServer } from './server.js'

/** Plants a server that answers with three missed events at most. `end`: what stands at the end of a part, given its last position. */
function plantParts({ stream, carriers }: ReferenceServer, end: (position: string) => string): void {
  let part: string | undefined
  const resume = stream.resume.bind(stream)
  stream.resume = (hello) => {
    const { missed, ...others } = resume(hello)
    part = missed.length > 3 ? missed[2]?.id : undefined
    return { ...others, missed: missed.slice(0, 3) }
  }
  const whole = carriers.whole.bind(carriers)
  carriers.whole = (said) => (part === undefined ? whole(said) : said + end(part))
}

/** Whether an answer to a poll is a whole one is told wrong. */
export const answerFaults: readonly Fault[] = [
  {
    name: 'a whole answer that does not say so',
    plant: ({ carriers }) => {
      carriers.whole = (said) => said
    },
    caught: ['positions.whole-answer', 'positions.part-of-an-answer'],
  },
  {
    name: 'an answer without an event that does not say that it is whole',
    plant: ({ stream, carriers }) => {
      let news = false
      const welcome = stream.welcome.bind(stream)
      stream.welcome = (hello, principal) => {
        const welcomed = welcome(hello, principal)
        news = welcomed.news
        return welcomed
      }
      const whole = carriers.whole.bind(carriers)
      carriers.whole = (said) => (news || said !== '' ? whole(said) : said)
    },
    caught: ['positions.whole-answer'],
  },
  {
    name: 'an answer with what was waited for that does not say that it is whole',
    plant: ({ carriers }) => {
      const whole = carriers.whole.bind(carriers)
      carriers.whole = (said) => (said === '' ? whole(said) : said)
    },
    caught: ['positions.whole-answer'],
  },
  {
    name: 'a whole answer that ends with where it began',
    plant: ({ stream, carriers }) => {
      let began = ''
      const resume = stream.resume.bind(stream)
      stream.resume = (hello) => {
        const resumed = resume(hello)
        began = resumed.position
        return resumed
      }
      carriers.whole = (said) => said + stream.speech.position(began)
    },
    caught: ['positions.whole-answer'],
  },
  {
    name: 'a part that ends with its own position',
    plant: (server) => plantParts(server, (position) => server.speech.position(position)),
    caught: ['positions.part-of-an-answer'],
  },
  {
    name: 'a part that ends with the present position',
    plant: (server) => plantParts(server, () => server.speech.position(server.stream.history.position())),
    caught: ['positions.part-of-an-answer'],
  },
  {
    name: 'a position alone after each event of an answer',
    plant: ({ speech }) => {
      const event = speech.event.bind(speech)
      speech.event = (stored) => event(stored) + speech.moved(stored)
    },
    caught: ['positions.whole-answer', 'positions.part-of-an-answer'],
  },
]
