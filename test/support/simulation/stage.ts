import type { ConnectOptions } from '../../../src/index.js'
import { Browser, type OpenTab } from './browser.js'
import { Clock } from './clock.js'
import { Hub } from './hub.js'
import { Random } from './random.js'
import type { Kind, Schedule, Step } from './steps.js'
import type { Source } from './tab.js'
import { Visit } from './visit.js'

export const USERS = ['ada', 'bob'] as const
export const TOPICS = ['north', 'south', 'west'] as const
const HOUR = 3_600_000

/** Who shares with whom is the test's affair: what `connect` is given beside the rest. */
export type Sharing = (identity: string | null) => ConnectOptions

interface Slot {
  readonly opened: OpenTab
  visit: Visit
  user: string
}

/** Plays the steps of a schedule. */
export class Stage {
  readonly clock = new Clock()
  readonly hub: Hub
  readonly browser: Browser
  readonly visits: Visit[] = []
  readonly slots: (Slot | undefined)[] = []
  readonly schedule: Schedule
  /** The cookie that all tabs have in common says another name now. */
  principalChanged = false
  readonly #random: Random
  readonly #sharing: Sharing
  #names = 0

  constructor(schedule: Schedule, sharing: Sharing) {
    this.schedule = schedule
    this.#sharing = sharing
    this.#random = new Random(schedule.seed + 1)
    this.hub = new Hub(this.clock, this.#random.fork(), schedule)
    this.browser = new Browser(this.clock, this.#random.fork(), this.hub, {
      locks: schedule.locks,
      channels: schedule.channels,
      locksWhileFrozen: this.#random.chance(0.5),
    })
    this.browser.network.lossiness = schedule.lossiness
    this.browser.network.slowness = schedule.slowness
    this.browser.network.cookie = USERS[0]
  }

  async play(): Promise<void> {
    for (const step of this.schedule.steps) {
      await this.clock.pass(step.after)
      await this.act(step)
    }
  }

  async act(step: Pick<Step, 'kind'> & Partial<Step>): Promise<void> {
    await this.#actions[step.kind]({ after: 0, tab: 0, amount: 0.5, ...step })
  }

  publish(count: number, ephemeral: boolean): void {
    for (let index = 0; index < count; index++) {
      const topic = this.#random.chance(0.5) ? undefined : this.#random.pick(TOPICS)
      const to = this.#random.chance(0.8) ? undefined : this.#random.pick(USERS)
      this.hub.publish(topic, to, ephemeral)
    }
  }

  /** Brings a tab back, whatever it is in. */
  revive(slot: Slot, first?: Source): void {
    const { tab, window, document } = slot.opened
    const was = tab.condition
    if (was === 'running' || was === 'gone') return
    tab.resume(first)
    if (was === 'frozen') document.dispatch('resume')
    if (was === 'cached') window.dispatch('pageshow', { persisted: true })
    if (was !== 'stopped') this.#show(slot)
  }

  #open(index: number, user: string, lastEventId?: string): void {
    if (this.slots[index] && this.slots[index].opened.tab.condition !== 'gone') return
    const opened = this.browser.open(`tab ${++this.#names}`)
    this.slots[index] = { opened, user, visit: this.#visit(opened, user, lastEventId) }
  }
  #visit(opened: OpenTab, user: string, lastEventId?: string): Visit {
    const { header } = this.schedule
    const visit = new Visit(this.clock, opened, {
      name: `${opened.tab.name}, visit ${this.visits.length + 1}`,
      user,
      header,
      topics: TOPICS.filter(() => this.#random.chance(0.4)),
      lastEventId,
      more: this.#sharing(header ? user : null),
    })
    this.visits.push(visit)
    return visit
  }
  #close({ opened, visit }: Slot): void {
    visit.over = true
    if (opened.tab.condition === 'running') opened.window.dispatch('pagehide', { persisted: false })
    // What its last tasks ask for goes out before it is gone.
    this.clock.after(0, () => opened.tab.end(false))
  }
  #hide({ opened: { tab, document } }: Slot, throttle: number): void {
    tab.hide(throttle)
    document.visibilityState = 'hidden'
    document.dispatch('visibilitychange')
  }
  #show({ opened: { tab, document } }: Slot): void {
    tab.hide(0)
    document.visibilityState = 'visible'
    document.dispatch('visibilitychange')
  }
  #first(): Source | undefined {
    return this.#random.pick([undefined, 'timer', 'network', 'channel'])
  }

  /** For what only a running tab can do, or what happens to one. */
  #running(act: (slot: Slot, step: Step) => void): (step: Step) => void {
    return (step) => {
      const slot = this.slots[step.tab]
      if (slot?.opened.tab.condition === 'running' && !slot.visit.over) act(slot, step)
    }
  }
  /** For what a page does in its turn. */
  #page(act: (slot: Slot, step: Step) => void): (step: Step) => void {
    return (step) => {
      const slot = this.slots[step.tab]
      slot?.opened.tab.task('page', () => slot.visit.over || act(slot, step))
    }
  }
  #back(from: string): (step: Step) => void {
    return ({ tab }) => {
      const slot = this.slots[tab]
      if (slot?.opened.tab.condition === from) this.revive(slot, this.#first())
    }
  }
  #mode(mode: 'down' | 'hangs'): (step: Step) => void {
    return ({ amount }) => {
      const { network } = this.browser
      network.mode = mode
      if (mode === 'down') for (const link of network.links) link.cut(true)
      this.clock.after(amount * 10_000, () => {
        network.mode = 'up'
      })
    }
  }

  readonly #actions: Record<Kind, (step: Step) => void | Promise<void>> = {
    open: ({ tab, amount }) => this.#open(tab, this.schedule.header && amount > 0.75 ? USERS[1] : USERS[0]),
    close: ({ tab }) => {
      const slot = this.slots[tab]
      if (slot && !slot.visit.over) this.#close(slot)
    },
    crash: ({ tab }) => {
      const slot = this.slots[tab]
      if (slot) slot.visit.over = true
      slot?.opened.tab.end(true)
    },
    reload: this.#running((slot, { tab, amount }) => {
      const { lastEventId } = slot.visit.connection.state
      this.#close(slot)
      this.clock.after(amount * 200, () => this.#open(tab, slot.user, amount > 0.5 ? lastEventId : undefined))
    }),
    navigate: this.#running((slot, { tab, amount }) => {
      this.#close(slot)
      this.clock.after(amount * 2_000, () => this.#open(tab, slot.user))
    }),
    freeze: this.#running((slot) => {
      this.#hide(slot, 60_000)
      slot.opened.document.dispatch('freeze')
      slot.opened.tab.suspend('frozen')
    }),
    thaw: this.#back('frozen'),
    stop: this.#running(({ opened }) => opened.tab.suspend('stopped')),
    continue: this.#back('stopped'),
    busy: this.#running((slot, { amount }) => {
      slot.opened.tab.suspend('stopped')
      this.clock.after(amount * 6_000, () => slot.opened.tab.condition === 'stopped' && this.revive(slot))
    }),
    cache: this.#running((slot) => {
      this.#hide(slot, 0)
      slot.opened.window.dispatch('pagehide', { persisted: true })
      slot.opened.tab.suspend('cached')
    }),
    uncache: this.#back('cached'),
    hide: this.#running((slot, { amount }) => this.#hide(slot, amount < 0.5 ? 1_000 : 60_000)),
    show: this.#running((slot) => this.#show(slot)),
    sleep: async ({ amount }) => {
      const awake = this.slots.filter((slot) => slot?.opened.tab.condition === 'running')
      for (const slot of awake) slot?.opened.tab.suspend('stopped')
      for (const link of this.browser.network.links) link.cut(this.#random.chance(0.5))
      await this.clock.pass((amount * HOUR) / 2)
      this.publish(2, false)
      await this.clock.pass((amount * HOUR) / 2)
      const stoodStill = this.#random.chance(0.5)
      for (const slot of awake) {
        if (slot?.opened.tab.condition !== 'stopped') continue
        if (stoodStill) slot.opened.tab.postpone(amount * HOUR)
        this.revive(slot, this.#first())
      }
    },
    cut: () => {
      for (const link of this.browser.network.links) if (this.#random.chance(0.7)) link.cut(true)
    },
    halfOpen: () => {
      for (const link of this.browser.network.links) if (this.#random.chance(0.5)) link.cut(false)
    },
    refuse: this.#mode('down'),
    hang: this.#mode('hangs'),
    restart: (step) => {
      this.#mode('down')(step)
      this.hub.chronicle.begin(this.clock.now)
      if (step.amount < 0.5) this.hub.ledger.forget()
    },
    forget: (step) => {
      this.#mode('down')(step)
      this.hub.ledger.forget()
    },
    trim: ({ amount }) => {
      const { chronicle } = this.hub
      chronicle.trim(this.clock.now, chronicle.position.sequence - Math.floor(amount * 5))
    },
    skip: ({ amount }) => {
      for (const stream of this.hub.streams) stream.skip(1 + Math.floor(amount * 3))
    },
    publish: ({ amount }) => this.publish(1 + Math.floor(amount * amount * 10), false),
    ephemeral: () => this.publish(1, true),
    send: this.#page(({ visit }, { amount }) => {
      for (let index = 0; index <= amount * 3; index++) visit.send()
    }),
    subscribe: this.#page(({ visit }) => visit.subscribe(this.#random.pick(TOPICS))),
    unsubscribe: this.#page(({ visit }) => visit.unsubscribe(this.#random.pick(TOPICS))),
    login: this.#page((slot) => {
      slot.user = slot.user === USERS[0] ? USERS[1] : USERS[0]
      if (!this.schedule.header) {
        this.browser.network.cookie = slot.user
        this.principalChanged = true
      }
      slot.visit.close()
      slot.visit = this.#visit(slot.opened, slot.user)
    }),
    disconnect: this.#page((slot) => {
      slot.visit.close()
      slot.visit = this.#visit(slot.opened, slot.user)
    }),
    clock: ({ amount }) => {
      this.browser.skew += (amount - 0.7) * HOUR
    },
    online: this.#running(({ opened }) => opened.window.dispatch('online')),
    wait: ({ amount }) => this.clock.pass(amount * 30_000),
  }
}
