import { expect } from 'vitest'
import type { BrowserName } from '../../support/browsers.mjs'
import type { ChromiumTab } from '../engines.js'
import type { Group } from './group.js'
import { type Member, until } from './member.js'

/** A leader to whom something happens. */
export interface Struck {
  readonly name: BrowserName
  readonly group: Group
  readonly leader: Member
  /** What the leader's page called itself before. */
  readonly run: string
  /** The process that runs its page, where the fault needs one; else 0. */
  readonly process: number
  readonly insecure: boolean
}

export interface Fault {
  /** What becomes of the leader's tab. */
  how: string
  /** Where it cannot be done, and why. `proof`: holds in a page there for as long as that is so. */
  cannot?: Partial<Record<BrowserName, { why: string; proof?: string }>>
  needsProcess?: true
  strike(struck: Struck): unknown
  /** Brings the leader's page back. */
  back?(struck: Struck): unknown
  /** Whether it comes back as a page that was loaded anew. */
  anew?(name: BrowserName): boolean
  /** The leader may lead on. */
  mayKeep?: true
}

function inChromium({ tab }: Member): ChromiumTab {
  if (!('crash' in tab)) throw new Error('This is no tab of Chromium.')
  return tab as ChromiumTab
}

/** What the browser itself tells: a tab was closed, or its page is gone. */
export const toldFaults: Fault[] = [
  { how: 'is closed', strike: ({ leader }) => leader.tab.close() },
  {
    how: 'is loaded anew',
    // From a timer, since no answer comes from a page that is gone.
    strike: ({ leader }) => leader.tab.evaluate('void setTimeout(() => location.reload())'),
    anew: () => true,
    back: ({ leader, run }) => until(async () => expect((await leader.summary()).run).not.toBe(run)),
  },
  {
    how: 'goes elsewhere, and comes back',
    strike: ({ leader, group }) => leader.tab.goto(group.elsewhere),
    // Firefox keeps no page that has had a connection, or a lock: the same place, but another page.
    anew: (name) => name === 'firefox',
    async back({ name, leader, run }) {
      await leader.tab.back()
      const diary = await until(() => leader.diary())
      if (name === 'firefox') return expect(diary.run).not.toBe(run)
      const why = await leader.tab.evaluate(
        `JSON.stringify(performance.getEntriesByType('navigation')[0].notRestoredReasons)`,
      )
      expect(diary.run, `not restored: ${why}`).toBe(run)
      await until(async () => expect((await leader.diary()).life.at(-1)).toBe('restored'))
    },
  },
  {
    how: 'is frozen, and thaws',
    cannot: {
      firefox: { why: 'no page is ever frozen', proof: `!('onfreeze' in document)` },
      webkit: { why: 'no page is ever frozen', proof: `!('onfreeze' in document)` },
    },
    async strike({ leader }) {
      await until(async () => expect(await leader.tab.evaluate('document.visibilityState')).toBe('hidden'))
      await inChromium(leader).setLifecycle('frozen')
      await until(async () => expect((await leader.diary()).life).toContain('frozen'))
    },
    back: ({ leader }) => inChromium(leader).setLifecycle('active'),
  },
]

/** Where locks are, the browser hands on that of a tab that crashed; else, and in the other cases, there is only silence. */
export const silentFaults: Fault[] = [
  {
    how: 'crashes',
    cannot: { webkit: { why: 'WebDriver ends its session with the first page that crashes: see crash.test.ts' } },
    needsProcess: true,
    strike({ name, leader, insecure, process: id }) {
      if (name === 'chromium' && !insecure) inChromium(leader).crash()
      else process.kill(id, 'SIGKILL')
    },
  },
  {
    how: 'is stopped, and goes on',
    needsProcess: true,
    strike: ({ process: id }) => process.kill(id, 'SIGSTOP'),
    back: ({ process: id }) => process.kill(id, 'SIGCONT'),
  },
  {
    how: 'is busy for 5 s',
    strike: ({ leader }) => leader.ask('block', 5000),
    // It answers when it is done.
    back: ({ leader }) => until(async () => expect((await leader.diary()).life).toContain('was busy')),
    mayKeep: true,
  },
]
