import { type Position, type Published, readPosition } from './chronicle.js'
import type { Hub } from './hub.js'
import type { Network } from './network.js'
import type { Heard, Visit } from './visit.js'

/** A subscription is in effect at the latest so many ms after the page asked for it: the leader may have to be replaced first. */
const TOPIC_SETTLES = 15_000
/** After so many requests in vain a follower may tell its page a gap, although the server might know better. */
const GIVEN_UP = 4

/** What one visit heard, held against what was published. Each violation begins with a word for its kind. */
export function checkHeard(hub: Hub, network: Network, visit: Visit, now: number): string[] {
  const { chronicle } = hub
  const { options, heard } = visit
  const violations: string[] = []
  const known = new Set<number>()
  let cursor: Position | undefined = readPosition(visit.joined)
  const blame = (kind: string, what: string) => violations.push(`${kind}: ${options.name} (${options.user}) ${what}`)

  const wants = (topic: string | undefined, at: number) => {
    if (topic === undefined) return true
    const latest = visit.topicChanges.findLast((change) => change.topic === topic && change.at <= at)
    return latest ? latest.on : options.topics.includes(topic)
  }
  /** Whether the server may have taken the page for this user: by the cookie it takes all tabs for whoever logged in last. */
  const mayBe = (user: string, until: number) => {
    if (options.header) return user === options.user
    const before = network.cookies.findLast((cookie) => cookie.at <= visit.since)
    const during = network.cookies.filter((cookie) => cookie.at > visit.since && cookie.at <= until)
    return (
      options.identity === null || user === options.user || [before, ...during].some((cookie) => cookie?.user === user)
    )
  }
  /** It is for this page without any doubt, from long before it was published until now. */
  const isDue = ({ to, topic, at }: Published, until: number) => {
    if (to !== undefined && (!options.header || to !== options.user)) return false
    if (!wants(topic, at)) return false
    return !visit.topicChanges.some(
      (change) => change.topic === topic && change.at > at - TOPIC_SETTLES && change.at <= until,
    )
  }
  const missing = (from: Position, to: Position, until: number) => {
    const between = chronicle.history(from.generation).slice(from.sequence, to.sequence)
    const lost = between.filter((event) => isDue(event, until))
    if (lost.length) {
      const said = lost.map(({ sequence, at }) => `${sequence} (published at ${at.toFixed()})`)
      blame('lost', `never heard ${said.join(', ')} of generation ${from.generation}, as of ${until.toFixed()}`)
    }
  }

  const event = ({ id, number, topic, to, at }: Extract<Heard, { kind: 'event' }>) => {
    const published = chronicle.published[number]
    const where = `${id ?? 'an ephemeral event'} (number ${number}) at ${at.toFixed()}`
    if (!published) return blame('invented', `heard ${where}`)
    if (known.has(number)) return blame('twice', `heard ${where} again`)
    known.add(number)
    if (to !== undefined && !mayBe(to, at)) blame('foreign', `heard ${where}, which is for ${to}`)
    if (!wants(topic, at)) blame('topic', `heard ${where} of the topic ${topic}, which it does not want`)
    const position = readPosition(id)
    if (!position) return
    if (published.generation !== position.generation || published.sequence !== position.sequence) {
      return blame('invented', `heard ${where} under a wrong id`)
    }
    if (!cursor) blame('early', `heard ${where} before it was open`)
    else if (cursor.generation !== position.generation)
      blame('untold', `heard ${where} after ${JSON.stringify(cursor)} without a gap`)
    else if (position.sequence <= cursor.sequence) blame('order', `heard ${where} after ${cursor.sequence}`)
    else missing(cursor, { ...position, sequence: position.sequence - 1 }, at)
    cursor = position
  }

  const gap = ({ position, at, reason }: Extract<Heard, { kind: 'gap' }>) => {
    const next = readPosition(position)
    if (!next) return blame('gap', `was told a gap (${reason}) without a position at ${at.toFixed()}`)
    if (cursor && cursor.generation === next.generation) {
      const { generation, sequence } = cursor
      // A gap that lies behind is nothing new to this tab, and takes nothing from it.
      if (next.sequence <= sequence) return
      const trimmed = chronicle.trims.some(
        (trim) => trim.at <= at && trim.generation === generation && trim.floor > sequence,
      )
      const skipped = hub.skips.some(
        (skip) => skip.at <= at && skip.to.generation === generation && skip.to.sequence > sequence,
      )
      // Where no request gets through the server cannot be asked: better a gap than nothing for ever.
      const failures = network.failures.filter((failure) => failure.tab === visit.opened.tab && failure.at <= at)
      if (!trimmed && !skipped && failures.length < GIVEN_UP)
        blame('needless', `was told a gap (${reason}) from ${sequence} to ${position} at ${at.toFixed()}`)
    }
    cursor = next
  }

  for (const item of heard) {
    if (item.kind === 'event') event(item)
    else gap(item)
  }
  if (visit.over) return violations
  if (!cursor) blame('deaf', 'was never open')
  else if (cursor.generation === chronicle.generation) missing(cursor, chronicle.position, now)
  else blame('deaf', `stands in generation ${cursor.generation}, the server in ${chronicle.generation}`)
  return violations
}
