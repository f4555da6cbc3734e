import { describe, expect, test } from 'vitest'
import { box, openSocket, openStream, quiet, server, setUpMiddlebox, until, wait } from './harness.js'

setUpMiddlebox()

describe('everything', () => {
  test('delays by the round trip, the handshake of a new connection too, and keeps the order', async () => {
    box.set({ delay: 60 })
    const start = performance.now()
    const { socket, log } = openSocket()
    await until(() => expect(log).toEqual(['open', 'welcome']))
    expect(performance.now() - start).toBeGreaterThanOrEqual(119)
    const sent = performance.now()
    for (let i = 0; i < 20; i++) {
      socket.send(String(i))
      if (i === 10) box.set({ delay: 20 })
    }
    await until(() => expect(log).toHaveLength(22))
    expect(log.slice(2)).toEqual(Array.from({ length: 20 }, (_, i) => `echo ${i}`))
    expect(performance.now() - sent).toBeGreaterThanOrEqual(19)
  })

  test.each(['fin', 'rst'] as const)('kills all connections by %s', async (how) => {
    const { log } = openSocket()
    const stream = await openStream()
    await until(() => expect(log).toEqual(['open', 'welcome']))
    box.kill(how)
    await until(() => expect(log[2]).toBe('close 1006'))
    await until(() => expect(stream.log).toEqual(['cut']))
    await until(() => expect(server.open).toEqual({ websockets: 0, streams: 0 }))
    expect((await fetch(box.url)).status).toBe(200)
  })

  test('kills one kind', async () => {
    const { log } = openSocket()
    const stream = await openStream()
    await until(() => expect(log).toEqual(['open', 'welcome']))
    box.kill('rst', 'sse')
    await until(() => expect(stream.log).toEqual(['cut']))
    server.say('still')
    await until(() => expect(log).toEqual(['open', 'welcome', 'still']))
  })

  test('lets all bytes vanish: nobody learns of anything', async () => {
    const { socket, log } = openSocket()
    const stream = await openStream()
    await until(() => expect(log).toEqual(['open', 'welcome']))
    box.hang()
    socket.send('lost')
    server.say('lost')
    const later = openSocket()
    const fetched = fetch(box.url)
    await wait(quiet)
    expect([log, stream.log, later.log]).toEqual([['open', 'welcome'], [], []])
    stream.abort.abort()
    await wait(quiet)
    expect(server.open).toEqual({ websockets: 1, streams: 1 })
    await box.reset()
    server.say('lost too')
    // What was only begun meanwhile gets through now, as TCP would send it again.
    expect((await fetched).status).toBe(200)
    await until(() => expect(later.log).toEqual(['open', 'welcome']))
    expect(log).toEqual(['open', 'welcome'])
  })

  test('is down, refuses connections, and is up again on the same port', async () => {
    const { log } = openSocket()
    await until(() => expect(log).toEqual(['open', 'welcome']))
    const { url } = box
    await box.down()
    await until(() => expect(log[2]).toBe('close 1006'))
    await expect(fetch(url)).rejects.toMatchObject({ cause: { code: 'ECONNREFUSED' } })
    await box.up()
    expect(box.url).toBe(url)
    expect((await fetch(url)).status).toBe(200)
  })
})
