import { type Slot, type Stage, TOPICS, USERS } from './stage.js'
import type { Kind, Step } from './steps.js'
import type { Source } from './tab.js'

const HOUR = 3_600_000

type Act = (stage: Stage, step: Step) => void | Promise<void>

/** For what only a running tab can do, or what happens to one. */
const running =
  (act: (stage: Stage, slot: Slot, step: Step) => void): Act =>
  (stage, step) => {
    const slot = stage.slots[step.tab]
    if (slot?.opened.tab.condition === 'running' && !slot.visit.over) act(stage, slot, step)
  }

/** For what a page does in its turn. */
const page =
  (act: (stage: Stage, slot: Slot, step: Step) => void): Act =>
  (stage, step) => {
    const slot = stage.slots[step.tab]
    slot?.opened.tab.task('page', () => slot.visit.over || act(stage, slot, step))
  }

const first = ({ random }: Stage): Source | undefined => random.pick([undefined, 'timer', 'network', 'channel'])

const back =
  (from: string): Act =>
  (stage, { tab }) => {
    const slot = stage.slots[tab]
    if (slot?.opened.tab.condition === from) stage.revive(slot, first(stage))
  }

const network =
  (mode: 'down' | 'hangs'): Act =>
  ({ browser, clock }, { amount }) => {
    browser.network.mode = mode
    if (mode === 'down') for (const link of browser.network.links) link.cut(true)
    clock.after(amount * 10_000, () => {
      browser.network.mode = 'up'
    })
  }

const reconnect = (stage: Stage, slot: Slot) => {
  slot.visit.close()
  slot.visit = stage.visit(slot.opened, slot.user)
}

/** The whole machine: nothing of any tab runs, and the server goes on. */
async function sleep(stage: Stage, duration: number): Promise<void> {
  const { slots, clock, browser, random } = stage
  const awake = slots.filter((slot) => slot?.opened.tab.condition === 'running')
  for (const slot of awake) slot?.opened.tab.suspend('stopped')
  for (const link of browser.network.links) link.cut(random.chance(0.5))
  await clock.pass(duration / 2)
  stage.publish(2, false)
  await clock.pass(duration / 2)
  const stoodStill = random.chance(0.5)
  for (const slot of awake) {
    if (slot?.opened.tab.condition !== 'stopped') continue
    if (stoodStill) slot.opened.tab.postpone(duration)
    stage.revive(slot, first(stage))
  }
}

/** What each kind of step does. */
export const actions: Record<Kind, Act> = {
  open: (stage, { tab, amount }) => stage.open(tab, stage.schedule.header && amount > 0.75 ? USERS[1] : USERS[0]),
  close(stage, { tab }) {
    const slot = stage.slots[tab]
    if (slot && !slot.visit.over) stage.close(slot)
  },
  crash({ slots }, { tab }) {
    const slot = slots[tab]
    if (slot) slot.visit.over = true
    slot?.opened.tab.end(true)
  },
  reload: running((stage, slot, { tab, amount }) => {
    const { lastEventId } = slot.visit.connection.state
    stage.close(slot)
    stage.clock.after(amount * 200, () => stage.open(tab, slot.user, amount > 0.5 ? lastEventId : undefined))
  }),
  navigate: running((stage, slot, { tab, amount }) => {
    stage.close(slot)
    stage.clock.after(amount * 2_000, () => stage.open(tab, slot.user))
  }),
  freeze: running((stage, slot) => {
    stage.hide(slot, 60_000)
    slot.opened.document.dispatch('freeze')
    slot.opened.tab.suspend('frozen')
  }),
  thaw: back('frozen'),
  stop: running((_stage, { opened }) => opened.tab.suspend('stopped')),
  continue: back('stopped'),
  busy: running((stage, slot, { amount }) => {
    slot.opened.tab.suspend('stopped')
    stage.clock.after(amount * 6_000, () => slot.opened.tab.condition === 'stopped' && stage.revive(slot))
  }),
  cache: running((stage, slot) => {
    stage.hide(slot, 0)
    slot.visit.left = true
    slot.opened.window.dispatch('pagehide', { persisted: true })
    slot.opened.tab.suspend('cached')
  }),
  uncache: back('cached'),
  hide: running((stage, slot, { amount }) => stage.hide(slot, amount < 0.5 ? 1_000 : 60_000)),
  show: running((stage, slot) => stage.show(slot)),
  sleep: (stage, { amount }) => sleep(stage, amount * HOUR),
  cut({ browser, random }) {
    for (const link of browser.network.links) if (random.chance(0.7)) link.cut(true)
  },
  halfOpen({ browser, random }) {
    for (const link of browser.network.links) if (random.chance(0.5)) link.cut(false)
  },
  refuse: network('down'),
  hang: network('hangs'),
  restart(stage, step) {
    network('down')(stage, step)
    stage.hub.chronicle.begin(stage.clock.now)
    if (step.amount < 0.5) stage.hub.ledger.forget()
  },
  forget(stage, step) {
    network('down')(stage, step)
    stage.hub.ledger.forget()
  },
  trim({ hub: { chronicle }, clock }, { amount }) {
    chronicle.trim(clock.now, chronicle.position.sequence - Math.floor(amount * 5))
  },
  skip({ hub }, { amount }) {
    for (const stream of hub.streams) stream.skip(1 + Math.floor(amount * 3))
  },
  drain({ hub }, { amount }) {
    for (const stream of hub.streams) stream.drain(amount * 3_000)
  },
  revoke(stage, { tab }) {
    const visit = stage.slots[tab]?.visit
    if (visit && stage.schedule.header) stage.hub.revoke(visit.token)
  },
  publish: (stage, { amount }) => stage.publish(1 + Math.floor(amount * amount * 10), false),
  ephemeral: (stage) => stage.publish(1, true),
  send: page((_stage, { visit }, { amount }) => {
    for (let index = 0; index <= amount * 3; index++) visit.send()
  }),
  subscribe: page(({ random }, { visit }) => visit.subscribe(random.pick(TOPICS))),
  unsubscribe: page(({ random }, { visit }) => visit.unsubscribe(random.pick(TOPICS))),
  login: page((stage, slot) => {
    slot.user = slot.user === USERS[0] ? USERS[1] : USERS[0]
    if (!stage.schedule.header) {
      stage.browser.network.cookies.push({ at: stage.clock.now, user: slot.user })
      stage.principalChanged = true
    }
    reconnect(stage, slot)
  }),
  disconnect: page(reconnect),
  noise: ({ browser, random }) => browser.channels.disturb(random),
  clock({ browser }, { amount }) {
    browser.skew += (amount - 0.7) * HOUR
  },
  online: running((_stage, { opened }) => opened.window.dispatch('online')),
  wait: ({ clock }, { amount }) => clock.pass(amount * 30_000),
}

export async function act(stage: Stage, step: Pick<Step, 'kind'> & Partial<Step>): Promise<void> {
  await actions[step.kind](stage, { after: 0, tab: 0, amount: 0.5, ...step })
}

/** How many events a stream has: enough to last while a tab catches up. */
const STREAM = 40
/** After these somebody has to find its place in the stream anew. */
const MOVES: readonly Kind[] = ['close', 'crash', 'reload', 'freeze', 'thaw', 'continue', 'cache', 'uncache', 'cut']

function publishOn(stage: Stage, left = STREAM): void {
  if (left === 0) return
  stage.clock.after(stage.random.between(0, 15), () => {
    stage.publish(1, stage.random.chance(0.1))
    publishOn(stage, left - 1)
  })
}

export async function play(stage: Stage): Promise<void> {
  for (const step of stage.schedule.steps) {
    await stage.clock.pass(step.after)
    await act(stage, step)
    if (MOVES.includes(step.kind) && stage.random.chance(stage.schedule.traffic)) publishOn(stage)
  }
}
