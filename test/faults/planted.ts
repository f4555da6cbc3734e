import { mkdirSync } from 'node:fs'
import { join } from 'node:path'
import { bundlePrograms, type Planted } from './bundle.js'
import type { WorldSettings } from './settings.js'
import { runSuite } from './suite.js'

/** A fault of ours, and the worlds in which it must come out. */
export interface Bug extends Planted {
  readonly store: WorldSettings['store']
  readonly only: readonly string[]
  readonly fixed?: Partial<WorldSettings>
}

const shared: Partial<WorldSettings> = { shared: true, tabs: 3 }

/** Each breaks one promise. The suite is worth as much as it finds of them. */
export const bugs: readonly Bug[] = [
  {
    name: 'the client tells no gap',
    file: 'session/session.ts',
    from: 'sink.gap({ position, reason })\n    cursor = position',
    to: 'cursor = position',
    store: 'memory',
    only: ['server killed'],
  },
  {
    name: 'the client moves its cursor, and tells the gap later',
    file: 'session/session.ts',
    from: 'sink.gap({ position, reason })\n    cursor = position',
    to: 'cursor = position\n    env.setTimeout(() => sink.gap({ position, reason }), 100)',
    store: 'memory',
    only: ['server killed'],
  },
  {
    name: 'the hub answers an unknown cursor without a gap',
    file: 'server/subscriber.ts',
    from: "ready(this.#position, page === 'unknown')",
    to: 'ready(this.#position, false)',
    store: 'short',
    only: ['history trimmed'],
  },
  {
    name: 'the client says hello without its cursor',
    file: 'session/session.ts',
    from: 'number,\n    cursor,\n',
    to: 'number,\n    cursor: undefined,\n',
    store: 'memory',
    only: ['connections refused'],
  },
  {
    name: 'the client sends again under a new number',
    file: 'session/outbox.ts',
    from: 'message.number ??= next++',
    to: 'message.number = next++',
    store: 'memory',
    only: ['post handled, not answered', 'connections reset'],
  },
  {
    name: 'the ledger in memory lets what is repeated be handled again',
    file: 'server/memory-ledger.ts',
    from: "return { state: 'handled', outcome: entry.outcomes?.get(number) }",
    to: "return { state: 'mine' }",
    store: 'memory',
    only: ['post handled, not answered'],
    fixed: { transports: ['sse'] },
  },
  {
    name: 'the leader tells its followers everything twice',
    file: 'sharing/leader.ts',
    from: "if (batch) post({ kind: 'batch', batch: ++batches, text: batch })",
    to: "if (batch) for (const text of [batch, batch]) post({ kind: 'batch', batch: ++batches, text })",
    store: 'memory',
    only: ['connections reset'],
    fixed: shared,
  },
  {
    name: 'Redis gives what it has behind a position that it has not',
    file: 'server/redis/scripts.ts',
    from: "if #redis.call('XRANGE', KEYS[1], ARGV[2], ARGV[2]) == 0 then return false end\n",
    to: '',
    store: 'redis',
    only: ['stream trimmed'],
    fixed: { patient: false },
  },
  {
    name: 'Redis appends again what it has appended',
    file: 'server/redis/scripts.ts',
    from: 'if number == newest then return before[2] end\n',
    to: '',
    store: 'redis',
    only: ['Redis paused', 'Redis killed'],
  },
  {
    name: 'Redis lets what is repeated be handled again',
    file: 'server/redis/ledger-scripts.ts',
    from: "if number <= settled then return {'handled', redis.call('HGET', client, 'o' .. ARGV[1])} end\n",
    to: "if number <= settled then redis.call('HSET', client, 's', integer(number - 1)) settled = number - 1 claimed = settled end\n",
    store: 'redis',
    only: ['post handled, not answered'],
    fixed: { transports: ['sse'] },
  },
  {
    name: 'the hub skips an event where history and feed meet',
    file: 'server/subscriber.ts',
    from: 'mark.sequence + index + 1',
    to: 'mark.sequence + index + 2',
    // What comes from a memory comes at once: nothing is published meanwhile.
    store: 'redis',
    only: ['connections refused'],
    fixed: { patient: false },
  },
]

/** Runs worlds in Chromium until one shows it. @returns what was found: nothing is a hole in the suite */
export async function findBug(root: string, folder: string, bug: Bug, time: number): Promise<readonly string[]> {
  const artifacts = join(folder, 'records')
  mkdirSync(artifacts, { recursive: true })
  const totals = await runSuite(
    {
      seed: 1,
      engines: ['chromium'],
      worlds: 2,
      life: 4,
      faults: Number.POSITIVE_INFINITY,
      time,
      firstViolation: true,
      stores: [bug.store],
      fixed: { reconnect: { minDelay: 50, maxDelay: 500 }, guarded: false, hidden: false, ...bug.fixed },
      only: bug.only,
      artifacts,
      say: () => {},
    },
    await bundlePrograms(root, folder, bug),
  )
  return totals.violations
}
