import { members } from '../block.js'
import type { Carrier } from '../carrier.js'
import { type Check, every, overHttp } from '../check.js'
import { mustBeRefused } from '../refused.js'
import type { Message, Subject } from '../subject.js'
import { must, mustEqual } from '../violation.js'

const section = 'send'

function numbered(count: number, type: string, data: (number: number) => unknown, from = 1): Message[] {
  return Array.from({ length: count }, (_, index) => ({ number: from + index, type, data: data(from + index) }))
}

/** The members of the next result on a carrier. */
export async function result(carrier: Carrier, within?: number): Promise<Record<string, unknown>> {
  return members(await carrier.own('result', within))
}

/** How often the handler was given this data. */
export async function times(subject: Subject, type: string, data: unknown): Promise<number> {
  const line = `begin ${type} ${JSON.stringify(data)}`
  return (await subject.control.handled()).filter((entry) => entry === line).length
}

export const sendChecks: readonly Check[] = [
  {
    id: 'send.once',
    section,
    level: 3,
    strength: 'MUST',
    sentences: [
      'It MUST NOT handle a number again that it has handled: it answers with the outcome that it kept.',
      'The server keeps outcomes, within a bound, until a later `unacknowledged` says that the client has them.',
    ],
    transports: every,
    needs: ['sends', 'handled'],
    essential: true,
    async run(subject) {
      const client = subject.client()
      const carrier = await subject.listen({ client })
      const message = { number: 1, type: 'echo', data: subject.unique('once') }
      const first = await result(await subject.send(carrier, client, [message]))
      const again = await result(await subject.send(carrier, client, [message]))
      mustEqual(again, first, 'the answer to a message that came twice')
      mustEqual(await times(subject, 'echo', message.data), 1, 'how often it was handled')
    },
  },
  {
    id: 'send.once-while-handling',
    section,
    level: 3,
    strength: 'MUST',
    sentences: [],
    transports: every,
    needs: ['sends', 'handled'],
    async run(subject) {
      const client = subject.client()
      const message = { number: 1, type: 'slow', data: subject.unique('slow') }
      const cut = await subject.listen({ client })
      // The first carrier dies between the handling and the answer; over POST, the request does.
      const pending = await subject.send(cut, client, [message])
      while ((await times(subject, 'slow', message.data)) === 0) await new Promise((resolve) => setTimeout(resolve, 10))
      pending.close()
      const carrier = await subject.listen({ client, next: 2 })
      const answer = await result(await subject.send(carrier, client, [message]))
      mustEqual(answer, { number: 1, data: message.data }, 'the answer on the next carrier')
      mustEqual(await times(subject, 'slow', message.data), 1, 'how often it was handled')
    },
  },
  {
    id: 'send.in-order',
    section,
    level: 3,
    strength: 'MUST',
    sentences: [
      '`number` counts from 1 for each client, without holes. The server handles only the next one, one at a time and in order.',
      'Results come in the order of their numbers.',
    ],
    transports: every,
    needs: ['sends', 'handled'],
    async run(subject) {
      const client = subject.client()
      const carrier = await subject.listen({ client })
      const mark = subject.unique('order')
      const messages = numbered(5, 'echo', (number) => `${mark} ${number}`).map((message) =>
        message.number === 1 ? { ...message, type: 'slow' } : message,
      )
      const answers = await subject.send(carrier, client, messages)
      for (const { number } of messages) mustEqual((await result(answers)).number, number, 'the number of a result')
      const log = (await subject.control.handled()).filter((line) => line.includes(mark))
      const expected = messages.flatMap(({ type, data }) => ['begin', 'end'].map((at) => `${at} ${type} "${data}"`))
      mustEqual(log, expected, 'what the handler was given')
    },
  },
  {
    id: 'send.hole',
    section,
    level: 3,
    strength: 'MUST',
    sentences: ['A number that is neither known nor the next: `bad-request`.'],
    transports: every,
    needs: ['sends', 'handled'],
    async run(subject) {
      const client = subject.client()
      const carrier = await subject.listen({ client })
      const data = subject.unique('hole')
      await mustBeRefused(await subject.send(carrier, client, [{ number: 3, type: 'echo', data }]), 'bad-request')
      mustEqual(await times(subject, 'echo', data), 0, 'how often it was handled')
    },
  },
  {
    id: 'send.refused-whole',
    section,
    level: 3,
    strength: 'MUST',
    sentences: [
      'A server that refuses a `POST` with 401, 403 or 429 MUST NOT have handled any of its messages.',
      'The numbers that no frame before had were then not transmitted: the client MAY give them anew.',
    ],
    transports: overHttp,
    needs: ['sends', 'handled', 'tokens'],
    async run(subject) {
      const client = subject.client()
      const carrier = await subject.listen()
      const [refused, anew] = [subject.unique('refused'), subject.unique('anew')]
      for (const [token, code] of [
        ['suite-refused', 'unauthorized'],
        ['suite-forbidden', 'forbidden'],
      ] as const) {
        const headers = { authorization: `Bearer ${token}` }
        const message = { number: 1, type: 'echo', data: refused }
        await mustBeRefused(await subject.send(carrier, client, [message], { next: 1, headers }), code)
      }
      const message = { number: 1, type: 'echo', data: anew }
      const answer = await result(await subject.send(carrier, client, [message], { next: 1 }))
      mustEqual(answer, { number: 1, data: anew }, 'the answer to the number that was given anew')
      mustEqual(await times(subject, 'echo', refused), 0, 'how often what was refused was handled')
    },
  },
  {
    id: 'send.withdrawn',
    section,
    level: 3,
    strength: 'MUST',
    sentences: [
      'The server counts it as handled, does nothing else, and answers with an empty result; where it has handled the number already, with the outcome that it kept.',
    ],
    transports: every,
    needs: ['sends', 'handled'],
    async run(subject) {
      const client = subject.client()
      const carrier = await subject.listen({ client })
      const before = (await subject.control.handled()).length
      const withdrawn = (number: number) => ({ number, type: 'holdfast:withdrawn' })
      const empty = await result(await subject.send(carrier, client, [withdrawn(1)]))
      mustEqual(empty, { number: 1 }, 'the answer to what was withdrawn')
      mustEqual((await subject.control.handled()).length, before, 'how much the handler was given')
      const data = subject.unique('kept')
      const kept = await result(await subject.send(carrier, client, [{ number: 2, type: 'echo', data }]))
      const again = await result(await subject.send(carrier, client, [withdrawn(2)]))
      mustEqual(again, kept, 'the answer to what was withdrawn too late')
    },
  },
  {
    id: 'send.unknown-client',
    section,
    level: 3,
    strength: 'MUST',
    sentences: [
      'A client that the server does not know is answered with `unknown-client`, unless the send names `next`.',
    ],
    transports: every,
    needs: ['sends'],
    async run(subject) {
      const carrier = await subject.listen()
      const message = { number: 1, type: 'echo', data: null }
      await mustBeRefused(await subject.send(carrier, subject.client(), [message]), 'unknown-client')
    },
  },
  {
    id: 'send.by-principal',
    section,
    level: 3,
    strength: 'MUST',
    sentences: [
      'Clients are told apart by principal *and* client id.',
      'A client id is no secret, and proves nothing: sends are keyed by principal and client id.',
    ],
    transports: every,
    needs: ['sends', 'tokens'],
    async run(subject) {
      const client = subject.client()
      const [alice, bob] = ['alice', 'bob'].map((name) => ({ authorization: `Bearer suite-${name}` }))
      const hers = await subject.listen({ client }, alice)
      const secret = subject.unique('secret')
      await result(await subject.send(hers, client, [{ number: 1, type: 'echo', data: secret }], { headers: alice }))
      const his = await subject.listen({ client }, bob)
      must(!his.transcript().includes(secret), 'a reply reached another principal')
      const message = { number: 1, type: 'echo', data: 'his' }
      const answer = await result(await subject.send(his, client, [message], { headers: bob }))
      mustEqual(answer, { number: 1, data: 'his' }, "the answer to another principal's number 1")
    },
  },
  {
    id: 'send.sixty-four',
    section,
    level: 3,
    strength: 'MUST',
    sentences: [
      'A client MUST NOT have more than 64 messages on their way without an outcome; a server MUST accept so many.',
    ],
    transports: every,
    needs: ['sends'],
    async run(subject) {
      const client = subject.client()
      const carrier = await subject.listen({ client })
      const messages = numbered(64, 'echo', (number) => number)
      messages[0] = { number: 1, type: 'slow', data: 1 }
      const answers = await subject.send(carrier, client, messages)
      for (const { number } of messages) mustEqual(await result(answers), { number, data: number }, 'a result')
    },
  },
]
