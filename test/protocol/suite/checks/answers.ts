import { type Block, isEvent, members } from '../block.js'
import { type Check, pollOnly } from '../check.js'
import type { Hello, Subject } from '../subject.js'
import { must, mustEqual, NotChecked, shorten } from '../violation.js'

const section = 'Positions'

interface Answer {
  events: Block[]
  /** From where the client asks next. */
  cursor: string | undefined
  /** Whether it ended with a position alone. */
  whole: boolean
}

const isPosition = ({ id, type }: Block): boolean => id !== undefined && type === undefined

/** One poll to its end. A position alone stands nowhere but there: a body that is cut must not end with one. */
async function poll(subject: Subject, hello: Hello, meanwhile?: () => Promise<unknown>): Promise<Answer> {
  const carrier = await subject.open(hello)
  const ready = members(await carrier.own('ready'))
  if (hello.cursor !== undefined && ready.gap === true) throw new NotChecked('the history does not hold so much')
  await meanwhile?.()
  await carrier.ended(10_000)
  const blocks = carrier.blocks.filter(({ comment }) => !comment)
  for (const block of blocks.slice(0, -1))
    must(!isPosition(block), `a position alone, and not at the end: ${shorten(block.text)}. ${carrier.transcript()}`)
  const last = blocks.at(-1)
  const cursor = blocks.findLast(({ id }) => id !== undefined)?.id
  return { events: blocks.filter(isEvent), cursor, whole: last !== undefined && isPosition(last) }
}

/** An answer that holds all there is says so, and what is published next is heard from where it ended. */
async function mustBeWhole(subject: Subject, what: string, answer: Answer): Promise<void> {
  must(answer.whole, `${what} does not end with a position`)
  const type = subject.unique('next')
  await subject.control.publish({ type })
  await (await subject.open({ cursor: answer.cursor ?? '' })).onlyEvent(type)
}

/** Whether an answer to a poll is a whole one. */
export const answerChecks: readonly Check[] = [
  {
    id: 'positions.whole-answer',
    section,
    level: 2,
    strength: 'MUST',
    sentences: [
      'An answer that holds all that there is for the client up to the present position MUST end with a block that holds this position alone, also where there was nothing to say.',
    ],
    transports: pollOnly,
    needs: ['publish'],
    async run(subject) {
      const publish = (...types: string[]) => subject.control.publish(...types.map((type) => ({ type })))
      const present = async () => (await poll(subject, {})).cursor
      await mustBeWhole(subject, 'an answer without a cursor', await poll(subject, {}))

      const [cursor, ...missed] = await publish(...['first', 'second', 'third'].map((name) => subject.unique(name)))
      const answer = await poll(subject, { cursor: cursor ?? '' })
      mustEqual(
        answer.events.map(({ id }) => id),
        missed,
        'what was missed',
      )
      await mustBeWhole(subject, 'an answer with what was missed', answer)

      const quiet = await poll(subject, { cursor: await present(), wait: '200' })
      await mustBeWhole(subject, 'an answer after a wait', quiet)

      const awaited = () => publish(subject.unique('awaited'))
      const waited = await poll(subject, { cursor: await present(), wait: '3000' }, awaited)
      // A server may answer without waiting.
      if (waited.events.length > 0) await mustBeWhole(subject, 'an answer with what was waited for', waited)
    },
  },
  {
    id: 'positions.part-of-an-answer',
    section,
    level: 2,
    strength: 'MUST',
    sentences: [
      'An answer that holds only a part, or that the server ends early, MUST NOT hold such a block anywhere, and a client that does not hear one at the end asks again from where it is.',
    ],
    transports: pollOnly,
    needs: ['publish'],
    async run(subject) {
      const [start] = await subject.control.publish({ type: subject.unique('start') })
      const data = 'x'.repeat(64 * 1024)
      // More than a server likes to put into one answer.
      const heavy = Array.from({ length: 40 }, () => ({ type: subject.unique('heavy'), data }))
      const published = await subject.control.publish(...heavy)
      const heard: (string | undefined)[] = []
      let cursor = start ?? ''
      for (;;) {
        const answer = await poll(subject, { cursor })
        heard.push(...answer.events.map(({ id }) => id))
        if (answer.whole) break
        must(answer.events.length > 0, 'an answer without an event does not end with a position')
        must(heard.length <= published.length, 'more was heard than was published')
        cursor = answer.cursor ?? ''
      }
      mustEqual(heard, published, 'what was heard up to an answer that ends with a position')
    },
  },
]
