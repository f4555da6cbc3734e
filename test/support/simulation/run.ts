import { play } from './actions.js'
import { checkHeard } from './check-heard.js'
import { checkSends } from './check-sends.js'
import type { Published } from './chronicle.js'
import { type Sharing, Stage, TOPICS, USERS } from './stage.js'
import type { Schedule } from './steps.js'
import type { Visit } from './visit.js'

/** When all faults are over, so many ms must be enough for every tab to be well again. */
const RECOVERY = 400_000
/** A fresh event is heard everywhere within so many ms. */
const FRESH = 5_000

export interface Outcome {
  readonly violations: readonly string[]
  readonly stage: Stage
  /** How long it took until all was well, in ms. */
  readonly recovery: number
}

/** Plays a schedule, ends all faults, and holds what every tab heard and sent against what was published and handled. */
export async function run(schedule: Schedule, sharing: Sharing, shared: boolean): Promise<Outcome> {
  const stage = new Stage(schedule, sharing)
  try {
    return { stage, ...(await judge(stage, shared)) }
  } catch (error) {
    return { violations: [`thrown: ${error}`], stage, recovery: 0 }
  }
}

async function judge(stage: Stage, shared: boolean): Promise<Omit<Outcome, 'stage'>> {
  const { clock, hub, browser, schedule } = stage
  await play(stage)
  // Until the last reload is done.
  await clock.pass(2_500)
  endFaults(stage)
  const ended = clock.now
  const living = () => {
    for (const visit of stage.visits) if (visit.refused(hub)) visit.over = true
    return stage.visits.filter(({ over, opened }) => !over && opened.tab.condition === 'running')
  }
  const together = shared && schedule.channels === 'work'
  // Without sharing a frozen tab keeps its connection. With it, who finds that the server takes it for somebody else leaves.
  const groups = () => (together && !stage.principalChanged ? groupsOf(living()) : hub.streams.size)
  const well = () =>
    hub.streams.size === groups() &&
    living().every(({ connection, sent }) => {
      return connection.state.status === 'open' && sent.every(({ outcome }) => outcome !== 'pending')
    })
  const hear = ({ number }: Published) =>
    living().every(({ heard }) => heard.some((item) => item.kind === 'event' && item.number === number))
  for (let recovered = false; !recovered && clock.now < ended + RECOVERY; ) {
    const probe = hub.publish()
    await clock.pass(1_000)
    recovered = hear(probe) && well()
  }
  const recovery = clock.now - ended
  await clock.pass(1_000)

  const violations: string[] = []
  const fresh = [undefined, ...TOPICS].flatMap((topic) =>
    [undefined, ...USERS].flatMap((to) => [hub.publish(topic, to), hub.publish(topic, to, true)]),
  )
  await clock.pass(FRESH)
  const [, ephemeral] = fresh
  for (const { connection, options, heard, errors, opened } of living()) {
    const { status } = connection.state
    const why = errors.map(({ code }) => code).slice(-3)
    if (status !== 'open') violations.push(`deadlock: ${options.name} is ${status} (${why}), ${opened.tab.throttle}`)
    else if (!heard.some((item) => item.kind === 'event' && item.number === ephemeral?.number)) {
      violations.push(`deaf: ${options.name} did not hear what is ephemeral`)
    }
  }
  if (hub.streams.size !== groups()) {
    const roles = living().map(({ options, connection }) => `${options.name}: ${connection.state.role}`)
    violations.push(`connections: ${hub.streams.size} for ${groups()} groups (${roles.join('; ')})`)
  }
  if (together && !stage.principalChanged) violations.push(...checkRoles(living()))
  for (const visit of stage.visits) {
    const { condition } = visit.opened.tab
    // Of a tab that is still frozen nothing more can be expected than of one that is gone.
    if (condition !== 'running') visit.over = true
    violations.push(...checkHeard(hub, browser.network, visit, clock.now))
  }
  violations.push(...checkSends(hub, stage.visits))
  violations.push(
    ...browser.channels.evicted.map(({ name }) => `evicted: ${name}, which kept its channel in the cache`),
  )
  violations.push(...browser.errors.map((error) => `thrown: ${error}`))
  return { violations, recovery }
}

function endFaults(stage: Stage): void {
  const { browser, slots, clock } = stage
  browser.network.mode = 'up'
  browser.network.lossiness = 0
  for (const [index, slot] of slots.entries()) {
    // Some stay frozen or in the cache: they must not disturb the others.
    const stays = index % 3 === 0 && slot?.opened.tab.condition !== 'stopped'
    if (slot && !stays) clock.after(index, () => stage.revive(slot))
  }
}

function groupsOf(visits: readonly Visit[]): number {
  return new Set(visits.map(({ options }) => options.identity)).size
}

function checkRoles(visits: readonly Visit[]): string[] {
  const groups = Map.groupBy(visits, ({ options }) => options.identity)
  return [...groups].flatMap(([group, members]) => {
    const roles = members.map(({ connection }) => connection.state.role)
    const leaders = roles.filter((role) => role === 'leader').length
    const followers = roles.filter((role) => role === 'follower').length
    if (leaders === 1 && followers === members.length - 1) return []
    return [`roles: of "${group}" are ${roles.join(', ')}`]
  })
}
