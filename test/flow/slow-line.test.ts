import { createServer } from 'node:http'
import type { Socket } from 'node:net'
import { describe, expect, onTestFinished, test } from 'vitest'
import { createHub, type Limits, memoryHistory } from '../../src/server/index.js'
import { startMiddlebox } from '../support/middlebox.js'
import { factories, numbersFrom, record, transportNames, until } from './scenarios/recorder.js'

// A publisher that is far faster than a reader's line: nobody holds an endless queue, and nothing is lost in silence.

/** What the hub may hold for one client. */
const queuedBytes = 262_144
/** The most that the hub writes at once. */
const PACKET = 65_536
/** One event, in bytes, roughly. */
const SIZE = 2_000
const padding = 'x'.repeat(SIZE - 60)

/** A hub whose connections to clients are watched, behind a middlebox. */
async function startWatchedHub(maxEvents: number, limits: Partial<Limits> = {}) {
  const hub = createHub({
    heartbeat: 1_000,
    history: memoryHistory({ maxEvents }),
    limits: { queuedBytes, recentEvents: 200, ...limits },
  })
  const server = createServer()
  hub.attach(server, { path: '/live' })
  const sockets = new Set<Socket>()
  server.on('connection', (socket) => {
    sockets.add(socket)
    socket.on('close', () => sockets.delete(socket))
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const address = server.address()
  if (address === null || typeof address === 'string') throw new Error('no port')
  const box = await startMiddlebox(`http://127.0.0.1:${address.port}`)
  onTestFinished(async () => {
    clearInterval(looking)
    await box.close()
    await hub.close()
    server.closeAllConnections()
    server.close()
  })
  let most = 0
  const look = () => {
    let queued = 0
    for (const { writableLength } of sockets) queued += writableLength
    most = Math.max(most, queued)
  }
  const looking = setInterval(look, 1)
  let published = 0
  return {
    box,
    url: `${box.url}/live`,
    /** The most that was queued for all clients together, in bytes. */
    most: () => most,
    /** Publishes so many events, a hundred in each turn of the event loop. */
    async publish(count: number): Promise<void> {
      for (let left = count; left > 0; ) {
        for (let i = 0; i < 100 && left > 0; i++, left--) {
          published++
          await hub.publish('number', { number: published, padding })
        }
        await new Promise((resolve) => setImmediate(resolve))
        look()
      }
    },
  }
}

/** All that is heard, in order: numbers, and gaps as words. */
function listen(url: string, options: Parameters<typeof record>[1]) {
  const { live } = record(url, options)
  const heard: (number | string)[] = []
  const statuses: string[] = []
  live.on('number', ({ data }) => heard.push(Object(data).number))
  live.onGap(({ reason }) => heard.push(`gap: ${reason}`))
  live.onStateChange(({ status }) => {
    if (status !== statuses.at(-1)) statuses.push(status)
  })
  return { live, heard, statuses }
}

describe.each(transportNames)('%s over a line that is slower than the publisher', (name) => {
  const options = { transports: [factories[name]()] }
  const COUNT = 10_000

  /** A page that hears the first of many events while all of them are published. */
  async function fallBehind(maxEvents: number) {
    const hub = await startWatchedHub(maxEvents)
    const page = listen(hub.url, options)
    await page.live.opened
    hub.box.set({ bandwidth: 50_000 })
    await hub.publish(COUNT)
    expect(page.heard.length).toBeLessThan(COUNT / 10)
    return { hub, page }
  }
  /** Full, and what it takes to know that it is. */
  const expectBounded = (most: number) => {
    // What a long-poll is answered with may be with the system as a whole.
    if (name !== 'long-poll') expect(most).toBeGreaterThan(PACKET)
    expect(most).toBeLessThan(queuedBytes + 2 * PACKET)
  }

  test('where the history has all of it, it arrives late and whole', async () => {
    const { hub, page } = await fallBehind(100_000)
    hub.box.set({ bandwidth: 0 })
    await until(() => expect(page.heard.at(-1)).toBe(COUNT))
    expect(page.heard).toEqual(numbersFrom(1, COUNT))
    expect(page.statuses).toEqual(['connecting', 'open'])
    expectBounded(hub.most())
    if (name !== 'long-poll') expect(hub.box.counts().connections).toBe(1)
  })

  test('where the history has moved on, the page is told so, and goes on from now', async () => {
    const { hub, page } = await fallBehind(500)
    // A poll asks from where it is, and hears of the gap in the answer.
    const gap = name === 'long-poll' ? 'gap: history' : 'gap: slow'
    hub.box.set({ bandwidth: 0 })
    await until(() => expect(page.heard).toContain(gap))
    await hub.publish(10)
    await until(() => expect(page.heard.at(-1)).toBe(COUNT + 10))
    // In order; and where numbers are missing, there is a gap.
    for (const [index, item] of page.heard.entries()) {
      const before = page.heard[index - 1] ?? 0
      if (item === gap) expect(page.heard[index + 1]).toBeGreaterThan(Number(before) + 1)
      else if (before === gap) expect(item).toBeGreaterThan(Number(page.heard[index - 2] ?? 0) + 1)
      else expect(item).toBe(Number(before) + 1)
    }
    expect(page.heard.length).toBeLessThan(COUNT)
    expectBounded(hub.most())
    expect(page.statuses).toEqual(['connecting', 'open'])
  })
})
