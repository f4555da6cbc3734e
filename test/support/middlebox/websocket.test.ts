import { connect } from 'node:net'
import { describe, expect, test } from 'vitest'
import { box, opened, openSocket, quiet, server, setUpMiddlebox, until, wait } from './harness.js'

setUpMiddlebox()

describe('WebSocket', () => {
  test.each([403, 400, 426])('refuses the upgrade with %i', async (status) => {
    box.set({ websocket: { status } })
    const { log } = openSocket()
    await until(() => expect(log).toEqual(['close 1006']))
    const answer = await rawUpgrade()
    expect(answer).toMatch(new RegExp(`^HTTP/1.1 ${status} `))
    expect(server.open.websockets).toBe(0)
  })

  test('hangs the upgrade', async () => {
    box.set({ websocket: 'hang' })
    const { socket, log } = openSocket()
    await wait(quiet)
    expect(log).toEqual([])
    expect(socket.readyState).toBe(WebSocket.CONNECTING)
    expect(server.open.websockets).toBe(0)
    expect(box.counts().requests.websocket).toBe(1)
  })

  test('swallows what the server says', async () => {
    box.set({ websocket: { swallow: 'down' } })
    const { socket, log } = openSocket()
    await until(() => expect(log).toEqual(['open']))
    socket.send('up')
    await until(() => expect(server.heard).toEqual(['up']))
    await wait(quiet)
    expect(log).toEqual(['open'])
  })

  test('swallows what the page says, also on an open socket, and stops to', async () => {
    const { socket, log } = openSocket()
    await until(() => expect(log).toEqual(['open', 'welcome']))
    box.set({ websocket: { swallow: 'up' } })
    socket.send('lost')
    server.say('still')
    await until(() => expect(log).toContain('still'))
    await wait(quiet)
    expect(server.heard).toEqual([])
    box.set({ websocket: 'pass' })
    socket.send('found')
    await until(() => expect(log).toContain('echo found'))
    expect(server.heard).toEqual(['found'])
  })

  test('swallows both', async () => {
    box.set({ websocket: { swallow: 'both' } })
    const { socket, log } = openSocket()
    await until(() => expect(log).toEqual(['open']))
    socket.send('lost')
    server.say('lost')
    await wait(quiet)
    expect(log).toEqual(['open'])
    expect(server.heard).toEqual([])
  })

  test('cuts after so many frames', async () => {
    box.set({ websocket: { cutAfter: { frames: 3 } } })
    const { log } = openSocket()
    await until(() => expect(log).toEqual(['open', 'welcome']))
    for (const word of ['2', '3', '4']) server.say(word)
    await until(() => expect(log).toEqual(['open', 'welcome', '2', '3', 'close 1006']))
    await until(() => expect(server.open.websockets).toBe(0))
  })

  test('cuts after a time, and flaps', async () => {
    for (const fault of [{ cutAfter: { ms: 30 } }, 'flap'] as const) {
      box.set({ websocket: fault })
      const { log } = openSocket()
      await until(() => expect(log).toEqual(['open', 'welcome', 'close 1006']))
    }
  })
})

/** The first line of what the middlebox says to an upgrade; a WebSocket does not tell its page. */
function rawUpgrade(): Promise<string> {
  const socket = connect(Number(new URL(box.url).port), '127.0.0.1')
  opened.push({ close: () => socket.destroy() })
  socket.write(
    'GET / HTTP/1.1\r\nHost: x\r\nConnection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n',
  )
  return new Promise((resolve) => socket.once('data', (data) => resolve(String(data))))
}
