import { members } from '../block.js'
import { type Check, every } from '../check.js'
import { mustBeRefused } from '../refused.js'
import type { Hello, Subject } from '../subject.js'
import { must, mustEqual } from '../violation.js'
import { echoes, mustAnswer, mustBeHandled } from './introductions.js'

/** The epoch that a hello is told. */
async function epochOf(subject: Subject, hello: Hello): Promise<unknown> {
  const carrier = await subject.open(hello)
  const { epoch } = members(await carrier.own('ready'))
  carrier.close()
  return epoch
}

function mustBeAnEpoch(epoch: unknown): void {
  must(typeof epoch === 'string' && /^[\w-]{1,64}$/.test(epoch), `${String(epoch)} is no epoch`)
}

/** What a server says of the time for which it remembers sends, and what it does with what was said in another one. */
export const epochChecks: readonly Check[] = [
  {
    id: 'ready.epoch',
    section: 'ready',
    level: 3,
    strength: 'MUST',
    sentences: ['It MUST stand wherever `handled` does, and stay the same for as long as the server has not lost it.'],
    transports: every,
    needs: ['sends'],
    async run(subject) {
      const [client, mark] = [subject.client(), subject.unique('same epoch')]
      const epoch = await epochOf(subject, { client })
      mustBeAnEpoch(epoch)
      const messages = echoes(1, 1, mark)
      await mustAnswer(await subject.send(await subject.listen({ client }), client, messages), messages)
      mustEqual(await epochOf(subject, { client, next: 2 }), epoch, 'the epoch of another hello')
      mustEqual(await epochOf(subject, { client: subject.client() }), epoch, 'the epoch for another client')
    },
  },
  {
    id: 'ready.another-epoch',
    section: 'ready',
    level: 3,
    strength: 'MUST',
    sentences: ['It MUST be another one as soon as the server has lost any of it.'],
    transports: every,
    needs: ['sends', 'restart'],
    async run(subject) {
      const client = subject.client()
      const before = await epochOf(subject, { client })
      await subject.control.restart()
      const after = await epochOf(subject, { client })
      mustBeAnEpoch(after)
      must(before !== after, `the epoch was ${String(before)} before the server forgot all clients, and still is`)
    },
  },
  {
    id: 'send.another-epoch',
    section: 'send',
    level: 3,
    strength: 'MUST',
    sentences: [
      'A server MUST NOT handle the messages of a send that names another epoch than its own, whoever has introduced the client: it answers with `unknown-client`.',
    ],
    transports: every,
    needs: ['sends', 'handled'],
    async run(subject) {
      const [client, mark] = [subject.client(), subject.unique('another epoch')]
      const epoch = `${await epochOf(subject, { client })}`
      const messages = echoes(1, 2, mark)
      for (const options of [{}, { next: 1 }]) {
        const carrier = await subject.listen({ client })
        const others = await subject.send(carrier, client, messages, { epoch: 'another-epoch', ...options })
        await mustBeRefused(others, 'unknown-client')
      }
      await mustBeHandled(subject, messages, 0)
      const carrier = await subject.listen({ client })
      await mustAnswer(await subject.send(carrier, client, messages, { epoch }), messages)
      await mustBeHandled(subject, messages, 1)
    },
  },
  {
    id: 'send.empty-epoch',
    section: 'send',
    level: 3,
    strength: 'MUST',
    sentences: [
      'A send without messages MUST be answered whatever epoch it names: that is how the client hears of this one.',
    ],
    transports: every,
    needs: ['sends'],
    async run(subject) {
      const client = subject.client()
      const carrier = await subject.listen({ client })
      const answer = await subject.send(carrier, client, [], { epoch: 'another-epoch', next: 1 })
      const { epoch } = members(await answer.own('pong'))
      mustBeAnEpoch(epoch)
      mustEqual(epoch, await epochOf(subject, { client }), 'the epoch of a pong')
    },
  },
]
