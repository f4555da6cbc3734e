import { members } from '../block.js'
import type { Carrier } from '../carrier.js'
import { type Check, every } from '../check.js'
import type { Message, Subject } from '../subject.js'
import { isRecord, mustEqual } from '../violation.js'
import { result, times } from './sends.js'

const section = 'send'

export function echoes(from: number, to: number, mark: string): Message[] {
  return Array.from({ length: to - from + 1 }, (_, index) => ({
    number: from + index,
    type: 'echo',
    data: `${mark} ${from + index}`,
  }))
}

/** Asserts what becomes of messages: each its own data, or `unconfirmed` up to a number. */
export async function mustAnswer(answers: Carrier, messages: readonly Message[], unconfirmed = 0): Promise<void> {
  for (const { number, data } of messages) {
    const told = await result(answers)
    const { code } = isRecord(told.error) ? told.error : {}
    const expected = number <= unconfirmed ? { number, code: 'unconfirmed' } : { number, data }
    mustEqual({ number: told.number, data: told.data, code }, expected, `the result of message ${number}`)
  }
}

export async function mustBeHandled(subject: Subject, messages: readonly Message[], expected: number): Promise<void> {
  for (const { number, data } of messages)
    mustEqual(await times(subject, 'echo', data), expected, `how often message ${number} was handled`)
}

/** What a send says of its client to a server that does not know it. */
export const introductionChecks: readonly Check[] = [
  {
    id: 'send.introduces',
    section,
    level: 3,
    strength: 'MUST',
    sentences: [
      'By it the send introduces its client: a server that does not know it, or knows less than `unacknowledged` says the client already has, MUST take it in as after a hello, and then expects `next`.',
    ],
    transports: every,
    needs: ['sends', 'handled'],
    async run(subject) {
      const [client, mark] = [subject.client(), subject.unique('introduced')]
      const carrier = await subject.listen()
      const messages = echoes(1, 3, mark)
      const first = messages.slice(0, 2)
      await mustAnswer(await subject.send(carrier, client, first, { next: 1 }), first)
      const second = messages.slice(2)
      await mustAnswer(await subject.send(carrier, client, second, { unacknowledged: 3, next: 3 }), second)
      await mustBeHandled(subject, messages, 1)
      const ready = await (await subject.open({ client, unacknowledged: 4, next: 4 })).own('ready')
      mustEqual(members(ready).handled, 3, 'handled, of a client that a send has introduced')
    },
  },
  {
    id: 'send.introduces-unconfirmed',
    section,
    level: 3,
    strength: 'MUST',
    sentences: [
      'What the client had transmitted before, the numbers from `unacknowledged` up to `next`, may have been handled by whoever knew it: the server MUST NOT handle them, now or later.',
      'They count as handled, and their outcome, kept like any other, is an error with the code `unconfirmed`.',
    ],
    transports: every,
    needs: ['sends', 'handled'],
    async run(subject) {
      const [client, mark] = [subject.client(), subject.unique('unconfirmed')]
      const carrier = await subject.listen()
      const messages = echoes(4, 8, mark)
      // Not all that has no outcome fits into the frame that introduces.
      for (const frame of [messages.slice(0, 2), messages.slice(2), messages])
        await mustAnswer(await subject.send(carrier, client, frame, { unacknowledged: 4, next: 7 }), frame, 6)
      await mustBeHandled(subject, messages.slice(0, 3), 0)
      await mustBeHandled(subject, messages.slice(3), 1)
      const later = await subject.open({ client, unacknowledged: 5, next: 9 })
      mustEqual(members(await later.own('ready')).handled, 8, 'handled')
      await mustAnswer(later, messages.slice(1), 6)
    },
  },
  {
    id: 'ready.unconfirmed',
    section: 'ready',
    level: 3,
    strength: 'MUST',
    sentences: [
      'What the client had transmitted before, the numbers from `unacknowledged` up to `next`, then counts as handled and as `unconfirmed`, as where a [send](#send) introduces its client: where this `ready` is lost, the next hello is told.',
    ],
    transports: every,
    needs: ['sends', 'handled'],
    async run(subject) {
      const [client, mark] = [subject.client(), subject.unique('told later')]
      // As many as may be on their way.
      const messages = echoes(3, 66, mark)
      const hello = { client, unacknowledged: 3, next: 67 }
      const handled = async (carrier: Carrier) => members(await carrier.own('ready')).handled
      const lost = await subject.open(hello)
      mustEqual(await handled(lost), null, 'handled, for a client that the server does not know')
      lost.close()
      const carrier = await subject.open(hello)
      mustEqual(await handled(carrier), 66, 'handled, for one that may have missed the first ready')
      await mustAnswer(carrier, messages, 66)
      const again = [...messages.slice(-1), ...echoes(67, 67, mark)]
      await mustAnswer(await subject.send(carrier, client, again, { unacknowledged: 66 }), again, 66)
      await mustBeHandled(subject, messages.slice(-1), 0)
    },
  },
  {
    id: 'send.introduces-after-restart',
    section,
    level: 3,
    strength: 'MUST',
    sentences: [],
    transports: every,
    needs: ['sends', 'handled', 'restart'],
    async run(subject) {
      const [client, mark] = [subject.client(), subject.unique('restarted')]
      const messages = echoes(1, 2, mark)
      const before = await subject.listen()
      const first = messages.slice(0, 1)
      await mustAnswer(await subject.send(before, client, first, { next: 1 }), first)
      before.close()
      await subject.control.restart()
      // As if its answer had been lost.
      const carrier = await subject.listen()
      await mustAnswer(await subject.send(carrier, client, messages, { next: 2 }), messages, 1)
      await mustBeHandled(subject, messages, 1)
    },
  },
  {
    id: 'send.knows-less',
    section,
    level: 3,
    strength: 'MUST',
    sentences: [],
    transports: every,
    needs: ['sends', 'handled'],
    async run(subject) {
      const [client, mark] = [subject.client(), subject.unique('elsewhere')]
      const carrier = await subject.listen({ client })
      const here = echoes(1, 1, mark)
      await mustAnswer(await subject.send(carrier, client, here, { next: 1 }), here)
      // The client has outcomes up to 7 from another server, which may have handled 8 as well.
      const messages = echoes(8, 9, mark)
      await mustAnswer(await subject.send(carrier, client, messages, { unacknowledged: 8, next: 9 }), messages, 8)
      await mustBeHandled(subject, messages.slice(0, 1), 0)
      await mustBeHandled(subject, messages.slice(1), 1)
    },
  },
  {
    id: 'send.introduces-once',
    section,
    level: 3,
    strength: 'MUST',
    sentences: ['A server that knows the client ignores `next`.'],
    transports: every,
    needs: ['sends', 'handled'],
    async run(subject) {
      const [client, mark] = [subject.client(), subject.unique('known')]
      const carrier = await subject.listen({ client })
      const messages = echoes(1, 2, mark)
      const first = messages.slice(0, 1)
      await mustAnswer(await subject.send(carrier, client, first, { next: 1 }), first)
      await mustAnswer(await subject.send(carrier, client, messages, { next: 2 }), messages)
      await mustAnswer(await subject.send(carrier, client, messages, { next: 1 }), messages)
      await mustBeHandled(subject, messages, 1)
    },
  },
  {
    id: 'send.introduces-at-once',
    section,
    level: 3,
    strength: 'MUST',
    sentences: [],
    transports: every,
    needs: ['sends', 'handled'],
    async run(subject) {
      const [client, mark] = [subject.client(), subject.unique('at once')]
      const messages = echoes(1, 3, mark)
      const carriers = await Promise.all([subject.listen(), subject.listen()])
      const sent = carriers.map((carrier) => subject.send(carrier, client, messages, { next: 1 }))
      for (const answers of sent) await mustAnswer(await answers, messages)
      await mustBeHandled(subject, messages, 1)
    },
  },
]
