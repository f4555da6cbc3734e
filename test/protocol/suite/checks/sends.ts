import { fieldNames, members } from '../block.js'
import type { Carrier } from '../carrier.js'
import { type Check, every, overHttp, webSocketOnly } from '../check.js'
import { mustBeErrorResponse, mustBeRefused } from '../refused.js'
import type { Message, Subject } from '../subject.js'
import { must, mustEqual, NotChecked } from '../violation.js'

const section = 'send'

function numbered(count: number, type: string, data: (number: number) => unknown, from = 1): Message[] {
  return Array.from({ length: count }, (_, index) => ({ number: from + index, type, data: data(from + index) }))
}

/** The members of the next result on a carrier. */
async function result(carrier: Carrier, within?: number): Promise<Record<string, unknown>> {
  return members(await carrier.own('result', within))
}

/** How often the handler was given this data. */
async function times(subject: Subject, type: string, data: unknown): Promise<number> {
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
    id: 'send.unknown-client',
    section,
    level: 3,
    strength: 'MUST',
    sentences: ['A server MUST have had a hello from the client before; else the answer is `unknown-client`.'],
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
  {
    id: 'send.too-large',
    section: 'error',
    level: 3,
    strength: 'MUST',
    sentences: [
      '`limit`: the largest JSON message that the server accepts from this client.',
      '| `too-large` | 413 | 1009 | stops sending that message |',
    ],
    transports: every,
    needs: ['sends'],
    async run(subject) {
      const { limit } = subject.claims
      if (limit === undefined) throw new NotChecked('open tells no limit')
      const client = subject.client()
      const carrier = await subject.listen({ client })
      const frame = { holdfast: 'send', client, unacknowledged: 1, messages: [{ number: 1, type: 'echo', data: '' }] }
      const room = limit - JSON.stringify(frame).length
      const data = 'x'.repeat(room)
      const fits = await result(await subject.send(carrier, client, [{ number: 1, type: 'echo', data }]))
      mustEqual(fits.number, 1, 'the number of the message that is as large as the limit')
      const more = [{ number: 2, type: 'echo', data: `${data}x` }]
      await mustBeRefused(await subject.send(carrier, client, more), 'too-large')
    },
  },
  {
    id: 'send.too-large-in-bytes',
    section: 'error',
    level: 3,
    strength: 'MUST',
    sentences: ['all sizes bytes of UTF-8.'],
    transports: every,
    needs: ['sends'],
    async run(subject) {
      const { limit } = subject.claims
      if (limit === undefined) throw new NotChecked('open tells no limit')
      const client = subject.client()
      const carrier = await subject.listen({ client })
      // Fewer characters than the limit, and more bytes.
      const data = 'é'.repeat(Math.ceil(limit * 0.7))
      await mustBeRefused(await subject.send(carrier, client, [{ number: 1, type: 'echo', data }]), 'too-large')
    },
  },
  {
    id: 'send.ignored-members',
    section: 'The Holdfast protocol, version 1',
    level: 3,
    strength: 'MUST',
    sentences: [
      'A receiver MUST ignore JSON members, query parameters, comment blocks and `holdfast:` event types that it does not know.',
    ],
    transports: every,
    needs: ['sends'],
    async run(subject) {
      const client = subject.client()
      const carrier = await subject.listen({ client })
      const message = { number: 1, type: 'echo', data: 7, unheard: { of: 1 } }
      mustEqual(await result(await subject.send(carrier, client, [message])), { number: 1, data: 7 }, 'the result')
    },
  },
  {
    id: 'send.post-type',
    section: 'Security',
    level: 3,
    strength: 'MUST',
    sentences: ['A `POST` with another content type than `application/json` is refused (415).'],
    transports: overHttp,
    needs: ['sends'],
    async run(subject) {
      const client = subject.client()
      await subject.listen({ client })
      const body = JSON.stringify({
        holdfast: 'send',
        client,
        unacknowledged: 1,
        messages: [{ number: 1, type: 'echo', data: 1 }],
      })
      const carrier = await subject.post(body, { 'content-type': 'text/plain' })
      mustEqual((await carrier.ended()).refused?.status, 415, 'the HTTP status')
    },
  },
  {
    id: 'send.post-malformed',
    section: 'error',
    level: 3,
    strength: 'MUST',
    sentences: ['| `bad-request` | 400 | 1008 | stops |'],
    transports: overHttp,
    needs: ['sends'],
    async run(subject) {
      for (const body of ['{', '', '[]', '{"holdfast":"send"}']) {
        const carrier = await subject.post(body)
        mustBeErrorResponse(await carrier.ended(), 'bad-request', carrier)
      }
    },
  },
  {
    id: 'send.post-authorized',
    section,
    level: 3,
    strength: 'MUST',
    sentences: [
      'Else: the body of a `POST` to the same URL with `Content-Type: application/json`, and the same headers as the `GET`',
    ],
    transports: overHttp,
    needs: ['sends', 'tokens'],
    async run(subject) {
      const client = subject.client()
      const carrier = await subject.listen({ client }, { authorization: 'Bearer suite-alice' })
      const headers = { authorization: 'Bearer suite-refused' }
      const post = await subject.send(carrier, client, [{ number: 1, type: 'echo', data: 1 }], { headers })
      mustBeErrorResponse(await post.ended(), 'unauthorized', post)
    },
  },
  {
    id: 'ping.pong',
    section: 'ping and pong',
    level: 3,
    strength: 'MUST',
    sentences: [
      "*Shape*: `{ holdfast: 'ping' }`, WebSocket only, answered at once by `event: holdfast:pong`, data `{}`.",
    ],
    transports: webSocketOnly,
    async run(subject) {
      const carrier = await subject.listen()
      subject.say(carrier, { holdfast: 'ping' })
      const pong = await carrier.own('pong', 1000)
      mustEqual(members(pong), {}, 'the data of pong')
      mustEqual(fieldNames(pong), ['event', 'data'], 'the fields of pong')
    },
  },
]
