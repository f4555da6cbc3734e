import type { ConnectOptions } from '../../../src/index.js'
import { Browser, type OpenTab } from './browser.js'
import { Clock } from './clock.js'
import { Hub } from './hub.js'
import { Random } from './random.js'
import type { Schedule } from './steps.js'
import type { Source } from './tab.js'
import { Visit } from './visit.js'

export const USERS = ['ada', 'bob'] as const
export const TOPICS = ['north', 'south', 'west'] as const

/** Who shares with whom is the test's affair: what `connect` is given beside the rest. */
export type Sharing = (identity: string | null) => ConnectOptions

export interface Slot {
  readonly opened: OpenTab
  visit: Visit
  user: string
}

/** A hub, a browser, and the tabs that are open in it; what can be done to each of them. */
export class Stage {
  readonly clock = new Clock()
  readonly hub: Hub
  readonly browser: Browser
  readonly visits: Visit[] = []
  readonly slots: (Slot | undefined)[] = []
  readonly schedule: Schedule
  readonly random: Random
  /** The cookie that all tabs have in common says another name now. */
  principalChanged = false
  readonly #sharing: Sharing
  #names = 0

  constructor(schedule: Schedule, sharing: Sharing) {
    this.schedule = schedule
    this.#sharing = sharing
    this.random = new Random(schedule.seed + 1)
    this.hub = new Hub(this.clock, this.random.fork(), schedule)
    this.browser = new Browser(this.clock, this.random.fork(), this.hub, {
      locks: schedule.locks,
      channels: schedule.channels,
      locksWhileFrozen: this.random.chance(0.5),
    })
    const { network } = this.browser
    network.lossiness = schedule.lossiness
    network.slowness = schedule.slowness
    network.cookies.push({ at: 0, user: USERS[0] })
  }

  publish(count: number, ephemeral: boolean): void {
    for (let index = 0; index < count; index++) {
      const topic = this.random.chance(0.5) ? undefined : this.random.pick(TOPICS)
      const to = this.random.chance(0.8) ? undefined : this.random.pick(USERS)
      this.hub.publish(topic, to, ephemeral)
    }
  }

  open(index: number, user: string, lastEventId?: string): void {
    if (this.slots[index] && this.slots[index].opened.tab.condition !== 'gone') return
    const opened = this.browser.open(`tab ${++this.#names}`)
    this.slots[index] = { opened, user, visit: this.visit(opened, user, lastEventId) }
  }
  /** The page of a tab connects. */
  visit(opened: OpenTab, user: string, lastEventId?: string): Visit {
    const { header, identities } = this.schedule
    const identity = identities ? user : null
    const visit = new Visit(this.clock, opened, {
      name: `${opened.tab.name}, visit ${this.visits.length + 1}`,
      user,
      header,
      identity,
      renews: this.random.chance(0.5),
      topics: TOPICS.filter(() => this.random.chance(0.4)),
      lastEventId,
      more: this.#sharing(identity),
    })
    this.visits.push(visit)
    return visit
  }
  close({ opened, visit }: Slot): void {
    visit.over = true
    if (opened.tab.condition === 'running') opened.window.dispatch('pagehide', { persisted: false })
    // What its last tasks ask for goes out before it is gone.
    this.clock.after(0, () => opened.tab.end(false))
  }
  hide({ opened: { tab, document } }: Slot, throttle: number): void {
    tab.hide(throttle)
    document.visibilityState = 'hidden'
    document.dispatch('visibilitychange')
  }
  show({ opened: { tab, document } }: Slot): void {
    tab.hide(0)
    document.visibilityState = 'visible'
    document.dispatch('visibilitychange')
  }
  /** Brings a tab back, whatever it is in; `first` says which of its tasks come first. */
  revive(slot: Slot, first?: Source): void {
    const { tab, window, document } = slot.opened
    const was = tab.condition
    if (was === 'running' || was === 'gone') return
    tab.resume(first)
    if (was === 'frozen') document.dispatch('resume')
    if (was === 'cached') window.dispatch('pageshow', { persisted: true })
    if (was !== 'stopped') this.show(slot)
  }
}
