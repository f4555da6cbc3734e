import { fieldNames, members } from '../block.js'
import { type Check, every, overHttp, webSocketOnly } from '../check.js'
import { mustBeErrorResponse, mustBeRefused } from '../refused.js'
import { mustEqual, NotChecked } from '../violation.js'
import { result } from './sends.js'

/** How messages travel up: sizes, POSTs, pings. */
export const uplinkChecks: readonly Check[] = [
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
      'A receiver MUST ignore JSON members, query parameters, comments and `holdfast:` event types that it does not know.',
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
    section: 'send',
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
