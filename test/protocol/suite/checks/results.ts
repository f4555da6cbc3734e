import { fieldNames, members } from '../block.js'
import { type Check, every, overHttp } from '../check.js'
import { isRecord, must, mustEqual } from '../violation.js'

const section = 'result'

/** What became of a message, and what a later hello hears of it. */
export const resultChecks: readonly Check[] = [
  {
    id: 'result.reply',
    section,
    level: 3,
    strength: 'MUST',
    sentences: [
      'server to client, on the WebSocket; or as the body of the response to the `POST`, which ends after the results of all its messages',
      '*Shape*: `event: holdfast:result`, no id, data `{ number: number, data?: JSON, bytes?: string, error?: { code: string, message: string } }`',
    ],
    transports: every,
    needs: ['sends'],
    essential: true,
    async run(subject) {
      const client = subject.client()
      const carrier = await subject.listen({ client })
      const data = { text: 'hi\nthere', stored: true }
      const answers = await subject.send(carrier, client, [{ number: 1, type: 'echo', data }])
      const block = await answers.own('result')
      mustEqual(fieldNames(block), ['event', 'data'], 'the fields of a result')
      mustEqual(members(block), { number: 1, data }, 'the result')
      if (answers !== carrier) await answers.ended()
    },
  },
  {
    id: 'result.bytes',
    section,
    level: 3,
    strength: 'MUST',
    sentences: ['`bytes` stands in place of `data`: base64.'],
    transports: every,
    needs: ['sends'],
    async run(subject) {
      const client = subject.client()
      const carrier = await subject.listen({ client })
      const answers = await subject.send(carrier, client, [{ number: 1, type: 'echo', bytes: '+/8=' }])
      mustEqual(members(await answers.own('result')), { number: 1, bytes: '+/8=' }, 'the result')
    },
  },
  {
    id: 'result.error',
    section,
    level: 3,
    strength: 'MUST',
    sentences: [
      "One with `error` rejects the page's send with that code: the message has been handled, and will not be handled again; only with `unconfirmed` nobody knows whether it has been.",
    ],
    transports: every,
    needs: ['sends', 'handled'],
    async run(subject) {
      const client = subject.client()
      const carrier = await subject.listen({ client })
      const message = { number: 1, type: 'fail', data: subject.unique('fail') }
      for (let attempt = 0; attempt < 2; attempt++) {
        const { number, error } = members(await (await subject.send(carrier, client, [message])).own('result'))
        mustEqual(number, 1, 'the number of the result')
        must(isRecord(error) && error.code === 'no-luck', `the error of the result is ${JSON.stringify(error)}`)
        must(typeof error.message === 'string', 'the error of a result must have a message')
      }
      const begun = (await subject.control.handled()).filter((line) => line.includes(message.data))
      mustEqual(begun.length, 2, 'how often the handler began and ended')
      const next = await subject.send(carrier, client, [{ number: 2, type: 'echo', data: 2 }])
      mustEqual(members(await next.own('result')), { number: 2, data: 2 }, 'the result of the next message')
    },
  },
  {
    id: 'result.after-ready',
    section,
    level: 3,
    strength: 'MUST',
    sentences: ['for what was handled before, after a `ready`.'],
    transports: every,
    needs: ['sends'],
    async run(subject) {
      const client = subject.client()
      const before = await subject.listen({ client })
      const messages = [1, 2, 3].map((number) => ({ number, type: 'echo', data: `kept ${number}` }))
      const answers = await subject.send(before, client, messages)
      for (const { number } of messages) mustEqual(members(await answers.own('result')).number, number, 'a result')
      before.close()
      const carrier = await subject.open({ client, unacknowledged: 2, next: 4 })
      await carrier.own('ready')
      for (const { number, data } of messages.slice(1))
        mustEqual(members(await carrier.own('result')), { number, data }, 'a result that was kept')
    },
  },
  {
    id: 'result.every',
    section,
    level: 3,
    strength: 'MUST',
    sentences: [
      "After a `ready` with a number in `handled` the server MUST tell a result for every number from the hello's `unacknowledged` to `handled`: the outcome that it kept, or `outcome-lost`.",
    ],
    transports: every,
    needs: ['sends'],
    async run(subject) {
      const client = subject.client()
      const before = await subject.listen({ client })
      const messages = [1, 2, 3, 4].map((number) => ({ number, type: 'echo', data: `kept ${number}` }))
      for (const message of messages) {
        // By the last one the server may forget what became of 1 and 2.
        const unacknowledged = message.number === 4 ? 3 : 1
        await (await subject.send(before, client, [message], { unacknowledged })).own('result')
      }
      before.close()
      const carrier = await subject.open({ client, unacknowledged: 1, next: 5 })
      mustEqual(members(await carrier.own('ready')).handled, 4, 'handled')
      for (const { number, data } of messages) {
        const told = members(await carrier.own('result'))
        mustEqual(told.number, number, 'the number of a result')
        const lost = isRecord(told.error) && told.error.code === 'outcome-lost'
        must((lost && number < 3) || told.data === data, `the result of message ${number} is ${JSON.stringify(told)}`)
      }
    },
  },
  {
    id: 'result.lost',
    section,
    level: 3,
    strength: 'MUST',
    sentences: ['An outcome that was kept no longer is answered with `error.code` `outcome-lost`.'],
    transports: every,
    needs: ['sends', 'handled'],
    async run(subject) {
      const client = subject.client()
      const carrier = await subject.listen({ client })
      const data = subject.unique('released')
      await (await subject.send(carrier, client, [{ number: 1, type: 'echo', data }])).own('result')
      const second = [{ number: 2, type: 'echo', data: 2 }]
      await (await subject.send(carrier, client, second, { unacknowledged: 2 })).own('result')
      const answers = await subject.send(carrier, client, [{ number: 1, type: 'echo', data }], { unacknowledged: 2 })
      const { number, data: reply, error } = members(await answers.own('result'))
      mustEqual(number, 1, 'the number of the result')
      const lost = isRecord(error) && error.code === 'outcome-lost'
      must(lost || reply === data, `neither the outcome nor outcome-lost: ${JSON.stringify({ data: reply, error })}`)
      const begun = (await subject.control.handled()).filter((line) => line.startsWith('begin') && line.includes(data))
      mustEqual(begun.length, 1, 'how often it was handled')
    },
  },
  {
    id: 'result.headers',
    section: 'Transports',
    level: 3,
    strength: 'MUST',
    sentences: [],
    transports: overHttp,
    needs: ['sends'],
    async run(subject) {
      const client = subject.client()
      const carrier = await subject.listen({ client })
      const { headers } = await subject.send(carrier, client, [{ number: 1, type: 'echo', data: 1 }])
      const type = headers?.get('content-type') ?? ''
      must(/^text\/event-stream; ?charset="?utf-8"?$/i.test(type), `Content-Type is ${type || 'absent'}`)
      must(/no-cache/.test(headers?.get('cache-control') ?? ''), 'Cache-Control must have no-cache')
      mustEqual(headers?.get('x-accel-buffering') ?? null, 'no', 'X-Accel-Buffering')
    },
  },
  {
    id: 'ready.handled',
    section: 'ready',
    level: 3,
    strength: 'MUST',
    sentences: [
      '`handled` (level 3): the highest send of this client that has been handled; `null`: the server did not know this client, and now expects `next`',
      'Absent where the hello named no client.',
    ],
    transports: every,
    needs: ['sends'],
    essential: true,
    async run(subject) {
      const client = subject.client()
      const hello = async (next: number): Promise<unknown> =>
        members(await (await subject.open({ client, next })).own('ready')).handled
      mustEqual(await hello(5), null, 'handled, for a client that the server does not know')
      const carrier = await subject.listen({ client, unacknowledged: 5, next: 5 })
      const answers = await subject.send(carrier, client, [{ number: 5, type: 'echo', data: 5 }], { unacknowledged: 5 })
      mustEqual(members(await answers.own('result')), { number: 5, data: 5 }, 'the result of number `next`')
      mustEqual(await hello(6), 5, 'handled, after number 5 was')
    },
  },
  {
    id: 'ready.knows-less',
    section: 'ready',
    level: 3,
    strength: 'MUST',
    sentences: ['(so it does, too, where it knows less than `unacknowledged` says the client already has)'],
    transports: every,
    needs: ['sends'],
    async run(subject) {
      const client = subject.client()
      const before = await subject.listen({ client })
      await (await subject.send(before, client, [{ number: 1, type: 'echo', data: 1 }])).own('result')
      before.close()
      // The client has outcomes up to 8, from another server or another life of this one.
      const carrier = await subject.listen({ client, unacknowledged: 9, next: 10 })
      const ready = carrier.blocks.find(({ type }) => type === 'holdfast:ready')
      mustEqual(ready && members(ready).handled, null, 'handled, where the server knows less than the client')
      const message = [{ number: 10, type: 'echo', data: 10 }]
      const answers = await subject.send(carrier, client, message, { unacknowledged: 10 })
      mustEqual(members(await answers.own('result')), { number: 10, data: 10 }, 'the result of number `next`')
    },
  },
  {
    id: 'ready.forgotten',
    section: 'ready',
    level: 3,
    strength: 'MUST',
    sentences: ['`null`: the server did not know this client'],
    transports: every,
    needs: ['sends', 'restart'],
    async run(subject) {
      const client = subject.client()
      const carrier = await subject.listen({ client })
      const answers = await subject.send(carrier, client, [{ number: 1, type: 'echo', data: 1 }])
      await answers.own('result')
      // Or its next poll would make the client known again.
      carrier.close()
      await subject.control.restart()
      const { handled } = members(await (await subject.open({ client, next: 2, unacknowledged: 2 })).own('ready'))
      mustEqual(handled, null, 'handled, after a restart that forgets the clients')
    },
  },
]
