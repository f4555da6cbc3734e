import { expect, test } from 'vitest'
import type { TransportName } from '../../flow/scenarios/recorder.js'
import type { Fault } from './faults.js'
import { Group, type Place } from './group.js'
import { longestQuiet, type Member } from './member.js'
import { hasProcesses } from './processes.js'
import { report } from './report.js'

/** Whatever becomes of a leader: the others hear and send on, all and once, and so does the leader if it comes back. */
export function handover(place: Place, faults: readonly Fault[], transport: TransportName, insecure: boolean): void {
  for (const fault of faults) {
    const { how, cannot, needsProcess } = fault
    const lack = cannot?.[place.name]
    const why = lack?.why ?? (needsProcess && !hasProcesses ? 'processes cannot be stopped here' : undefined)
    const title = `${insecure ? 'without Web Locks, ' : ''}${transport}: the leader's tab ${how}`
    if (why === undefined) {
      test(title, { timeout: 60_000 }, async (context) => {
        const group = await Group.open(context, place, { transport, insecure })
        await handOver(group, place, fault, insecure)
      })
    } else if (lack?.proof !== undefined) {
      const { proof } = lack
      test(`${title}: cannot be, since ${why}`, async (context) => {
        const group = await Group.open(context, place, { transport, insecure })
        expect(await (await group.join('only')).tab.evaluate(proof)).toBe(true)
      })
    } else {
      test.skip(`${title}: cannot be done, since ${why}`)
    }
  }
}

async function handOver(group: Group, { name }: Place, fault: Fault, insecure: boolean): Promise<void> {
  const processes = new Map<Member, number>()
  for (const name of ['one', 'two', 'three']) {
    if (fault.needsProcess) processes.set(...(await group.joinWithProcess(name)))
    else await group.join(name)
  }
  // The first, as a rule; without locks, a tab that answers too late has lost the lead to the next.
  const leader = await group.leader()
  expect(await leader.tab.evaluate(`[isSecureContext, 'locks' in navigator]`)).toEqual([!insecure, !insecure])
  await group.traffic()

  const { run } = await leader.summary()
  const struck = { name, group, leader, run, process: processes.get(leader) ?? 0, insecure }
  const anew = fault.anew?.(name) ?? false
  const moment = Date.now()
  await fault.strike(struck)
  group.forget(leader)
  if (!fault.mayKeep && !anew) await group.leader()
  await group.progress()
  if (fault.back) {
    await fault.back(struck)
    group.members.push(leader)
    await group.progress()
    // With a lock, who waits for it cannot be overtaken.
    if (!fault.mayKeep && !insecure) expect(await group.leader()).not.toBe(leader)
  }
  const diaries = await group.expectOneStream(...(anew ? [leader] : []))
  const quiet = diaries.filter((diary) => diary.run !== run).map((diary) => longestQuiet(diary, moment))
  report(`${name}, ${insecure ? 'channel' : 'locks'}, ${fault.how}`, Math.max(...quiet))
}
