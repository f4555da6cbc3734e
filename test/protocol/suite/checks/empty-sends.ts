import { members } from '../block.js'
import type { Carrier } from '../carrier.js'
import { type Check, every, overHttp } from '../check.js'
import { mustBeRefused } from '../refused.js'
import type { SendOptions, Subject } from '../subject.js'
import { must, mustEqual } from '../violation.js'
import { echoes, mustAnswer, mustBeHandled } from './introductions.js'

const section = 'send'

/** Sends nothing, and asserts that this is answered; over POST, by a body that ends. */
async function mustPong(subject: Subject, carrier: Carrier, client: string, options: SendOptions = {}): Promise<void> {
  const answer = await subject.send(carrier, client, [], options)
  const { epoch, ...rest } = members(await answer.own('pong'))
  must(typeof epoch === 'string', 'the pong that answers a send must tell the epoch')
  mustEqual(rest, {}, 'what else such a pong says')
  if (answer !== carrier) await answer.ended()
}

async function mustBeUnknown(subject: Subject, client: string): Promise<void> {
  const ready = await (await subject.open({ client })).own('ready')
  mustEqual(members(ready).handled, null, 'handled, of a client that nobody has introduced')
}

/** What a send without messages is answered with, and whom it introduces. */
export const emptySendChecks: readonly Check[] = [
  {
    id: 'send.empty-introduces',
    section,
    level: 3,
    strength: 'MUST',
    sentences: [
      'The server MUST answer such a send with a [pong](#ping-and-pong), on the WebSocket or as the body of the response to the `POST`.',
      'Where it names `next`, the server MUST have taken the client in before it answers, and refuses (`unavailable`) where it cannot.',
    ],
    transports: every,
    needs: ['sends', 'handled'],
    async run(subject) {
      const [client, mark] = [subject.client(), subject.unique('introduced before')]
      const carrier = await subject.listen()
      const messages = echoes(3, 5, mark)
      await mustPong(subject, carrier, client, { unacknowledged: 3, next: 4 })
      await mustAnswer(await subject.send(carrier, client, messages, { unacknowledged: 3 }), messages, 3)
      // As if the pong had been lost.
      await mustPong(subject, carrier, client, { unacknowledged: 3, next: 6 })
      await mustAnswer(await subject.send(carrier, client, messages, { unacknowledged: 3 }), messages, 3)
      await mustBeHandled(subject, messages.slice(0, 1), 0)
      await mustBeHandled(subject, messages.slice(1), 1)
    },
  },
  {
    id: 'send.empty',
    section,
    level: 3,
    strength: 'MUST',
    sentences: ['Where it does not, nothing else happens.'],
    transports: every,
    needs: ['sends'],
    async run(subject) {
      const client = subject.client()
      await mustPong(subject, await subject.listen(), client)
      await mustBeUnknown(subject, client)
    },
  },
  {
    id: 'send.refused-introduces',
    section,
    level: 3,
    strength: 'MUST',
    sentences: ['Such a `POST` introduces nobody.'],
    transports: overHttp,
    needs: ['sends', 'tokens'],
    async run(subject) {
      const client = subject.client()
      const carrier = await subject.listen()
      for (const [token, code] of [
        ['suite-refused', 'unauthorized'],
        ['suite-forbidden', 'forbidden'],
      ] as const) {
        const headers = { authorization: `Bearer ${token}` }
        await mustBeRefused(await subject.send(carrier, client, [], { next: 1, headers }), code)
      }
      await mustBeUnknown(subject, client)
    },
  },
]
