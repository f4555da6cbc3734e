import { type Block, isEvent } from '../block.js'
import type { Carrier } from '../carrier.js'
import { type Check, every } from '../check.js'
import type { Publication } from '../control.js'
import type { Subject } from '../subject.js'
import { mustEqual } from '../violation.js'

const section = 'Events'

/** The fields of a block by their names, and its topic line as it is. */
function shapeOf({ lines }: Block): string[] {
  return lines.map((line) => (line.startsWith(':') ? line : (line.split(':', 1)[0] ?? '')))
}

/** One event of each kind that tells something of topic lines. */
function publications(subject: Subject): { topics: string[]; events: Publication[] } {
  const topics = [subject.unique('suite:é: 日本 '), subject.unique('suite:x').padEnd(256, 'x')]
  const type = subject.unique('topical')
  const others = [
    { type: subject.unique('public') },
    { type: 'message', topic: topics[0], data: '\n:topic suite:none' },
  ]
  return { topics, events: [...topics.map((topic) => ({ type, topic })), ...others] }
}

/** Asserts that these come next, each with the lines that it must have. */
async function mustCome({ claims }: Subject, carrier: Carrier, events: readonly Publication[]): Promise<void> {
  for (const { type, topic } of events) {
    const found = shapeOf(await carrier.next('an event', isEvent))
    const wanted = ['id', 'event', `:topic ${topic}`, 'data'].filter(
      (line) => !(line === 'event' && type === 'message') && !(topic === undefined && line.startsWith(':')),
    )
    // At level 1 there may be an id, and nothing hangs on it.
    const counts = (line: string): boolean => claims.level > 1 || line !== 'id'
    mustEqual(found.filter(counts), wanted.filter(counts), `the lines of an event ${type}`)
  }
}

/** By which of the topics an event came. */
export const topicChecks: readonly Check[] = [
  {
    id: 'events.topic',
    section,
    level: 1,
    strength: 'MUST',
    sentences: [
      'A topic is 1 to 256 characters without CR, LF or NUL.',
      'An event that was published to one MUST carry the comment line `:topic <name>`, after `id` and `event` and before `data`; no other block carries one.',
    ],
    transports: every,
    needs: ['publish', 'topics'],
    async run(subject) {
      const { topics, events } = publications(subject)
      const carrier = await subject.listen({ topics })
      await subject.control.publish(...events)
      await mustCome(subject, carrier, events)
      const told = carrier.blocks.filter((block) => !isEvent(block))
      const wrong = told.flatMap(({ lines }) => lines.filter((line) => line.startsWith(':topic')))
      mustEqual(wrong, [], 'topic lines in blocks that are no events')
    },
  },
  {
    id: 'events.topic-of-what-was-missed',
    section,
    level: 2,
    strength: 'MUST',
    sentences: [],
    transports: every,
    needs: ['publish', 'topics'],
    async run(subject) {
      const { topics, events } = publications(subject)
      const [cursor] = await subject.control.publish({ type: subject.unique('known') }, ...events)
      const carrier = await subject.listen({ topics, cursor: cursor ?? '' })
      await mustCome(subject, carrier, events)
    },
  },
]
