import { expect, test } from 'vitest'
import { tabs } from '../../src/index.js'
import { type Fault, plant } from '../support/simulation/planted.js'
import { run } from '../support/simulation/run.js'
import { makeSchedule } from '../support/simulation/steps.js'

// What would go wrong if a rule of sharing were left out, and that the simulation finds it.
const faults: readonly Fault[] = [
  {
    name: 'a follower takes the answer to another one for its own',
    file: 'sharing/group.ts',
    from: "if ('to' in message && message.to !== id) return",
    to: '',
  },
  {
    name: 'a follower does not ask what the leader is going to say again',
    file: 'sharing/follower.ts',
    from: 'seen = ids\n',
    to: 'seen = new Set()\n',
  },
  {
    name: 'what the leader said while a follower caught up is dropped',
    file: 'sharing/follower.ts',
    from: 'ready) + held)',
    to: 'ready))',
  },
  {
    name: 'a follower comes back from now on, not from where it was',
    file: 'sharing/follower.ts',
    from: 'asked = owed ? undefined : cursor',
    to: 'asked = undefined',
  },
  {
    name: 'a part of an answer is taken for the whole',
    file: 'sharing/requests.ts',
    from: 'while (!requests.complete && silent < 2 && !task.signal.aborted)',
    to: 'while (false)',
  },
  {
    name: 'a gap is not told to the followers',
    file: 'sharing/leader.ts',
    from: "if (followers.size) tell(id, block({ id, event: 'holdfast:gap'",
    to: "if (!followers.size) tell(id, block({ id, event: 'holdfast:gap'",
  },
  {
    name: 'what is ephemeral is remembered',
    file: 'sharing/leader.ts',
    from: 'if (id !== undefined) remember(id, text)',
    to: 'remember(id, text)',
  },
  {
    name: 'the memory gives one event too few',
    file: 'sharing/leader.ts',
    from: 'memory.slice(index + 1)',
    to: 'memory.slice(index + 2)',
  },
  {
    name: 'the memory is kept when the leader asks for more topics',
    file: 'sharing/leader.ts',
    from: 'if (grown) forget()',
    to: '',
  },
  {
    name: 'the leader asks for its own topics alone',
    file: 'sharing/leader.ts',
    from: 'of followers.values()) for (const topic of topics) wanted.add(topic)',
    to: 'of []) for (const topic of topics) wanted.add(topic)',
  },
  {
    name: 'every tab hears what any tab wants to hear',
    file: 'sharing/group.ts',
    from: 'if (topic === undefined || mine.has(topic)) page.event(',
    to: 'page.event(',
  },
  {
    name: 'two leaders tolerate each other',
    file: 'sharing/group.ts',
    from: 'message.term > other.term || (message.term === other.term && message.from > other.id)',
    to: 'false',
  },
  {
    name: 'a leader that is gone is not missed',
    file: 'sharing/watch.ts',
    from: 'if (!forgive) gone()',
    to: '',
  },
  {
    name: 'a page in the back/forward cache keeps its part',
    file: 'sharing/group.ts',
    from: 'hide: rest, ',
    to: 'hide() {}, ',
  },
]

const share = (identity: string | null) => ({ share: tabs({ identity }) })

test.each(faults)(
  'it is found if $name',
  async (fault) => {
    const faulty = await plant(fault)
    const shareFaulty = (identity: string | null) => ({ share: faulty.tabs({ identity }) })
    for (let seed = 1; seed <= 500; seed++) {
      const schedule = makeSchedule(seed)
      const { violations } = await faulty.run(schedule, shareFaulty, true)
      if (!violations.length) continue
      // Without the fault all is well.
      const sound = await run(schedule, share, true)
      if (sound.violations.length) continue
      if (process.env.SHOW_FOUND) console.log(`${fault.name}: seed ${seed}, ${violations[0]}`)
      return
    }
    expect.fail('500 schedules did not show it.')
  },
  60_000,
)
