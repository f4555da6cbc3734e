import { type ConnectOptions, connect, tabs } from '../../../src/core.js'
import type { FakeBrowser } from '../../support/fake-tabs.js'
import { tick } from '../../support/fake-time.js'
import { blocks, scripted } from '../../support/scripted-transport.js'

/** One tab: its connection, the transport it leads by, and what its page hears. */
export function open(browser: FakeBrowser, options: Partial<ConnectOptions> = {}) {
  const transport = scripted('sse', 'stream')
  const env = browser.tab()
  const share = tabs({ identity: 'ann' })
  const live = connect('http://app.test/live', { transports: [transport], env, share, ...options })
  const heard: unknown[] = []
  const errors: string[] = []
  const gaps: unknown[] = []
  live.on('*', ({ data }) => heard.push(data))
  live.onError(({ code }) => errors.push(code))
  live.onGap(({ position }) => gaps.push(position))
  return { live, transport, env, heard, errors, gaps }
}

export const hello = (more: object = {}) => blocks.open() + blocks.ready('g.0', more)
export const event = (number: number, topic?: string) =>
  `id: g.${number}\nevent: count\n${topic === undefined ? '' : `:topic ${topic}\n`}data: ${number}\n\n`

/** A leader with a connection that is open, and its followers. */
export async function group(browser: FakeBrowser, count: number, options: Partial<ConnectOptions> = {}) {
  const leader = open(browser, options)
  await tick()
  leader.transport.run$.say(hello({ principal: 'ann' }))
  const followers = Array.from({ length: count }, () => open(browser, options))
  await tick()
  return { leader, followers, follower: followers[0] ?? leader }
}
