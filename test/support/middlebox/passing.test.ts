import { describe, expect, test } from 'vitest'
import { box, openSocket, openStream, server, setUpMiddlebox, until } from './harness.js'

setUpMiddlebox()

describe('without a fault', () => {
  test('a WebSocket passes both ways, and so does its end', async () => {
    const { socket, log } = openSocket()
    await until(() => expect(log).toEqual(['open', 'welcome']))
    socket.send('x'.repeat(70_000))
    await until(() => expect(log[2]).toBe(`echo ${'x'.repeat(70_000)}`))
    socket.close(4000)
    await until(() => expect(log[3]).toBe('close 4000'))
    await until(() => expect(server.open.websockets).toBe(0))
  })

  test('a stream passes chunk by chunk, and its end and its abort do', async () => {
    const first = await openStream()
    const second = await openStream()
    server.say('data: 1\n\n')
    await until(() => expect(first.log).toEqual(['data: 1\n\n']))
    second.abort.abort()
    await until(() => expect(server.open.streams).toBe(1))
    server.endStreams()
    await until(() => expect(first.log).toEqual(['data: 1\n\n', 'end']))
  })

  test('counts by kind', async () => {
    openSocket()
    await openStream()
    await fetch(`${box.url}/?carrier=poll`)
    await fetch(box.url, { method: 'POST', body: 'x' })
    await fetch(box.url, { method: 'OPTIONS' })
    await fetch(`${box.url}/page`)
    await until(() => {
      expect(box.counts().requests).toEqual({ websocket: 1, sse: 1, poll: 1, post: 1, preflight: 1, other: 1 })
    })
    expect(box.counts().open).toBeGreaterThan(1)
    box.forget()
    expect(box.counts().requests.websocket).toBe(0)
  })

  test('a server that is down breaks the request, and nothing else', async () => {
    await server.close()
    await expect(fetch(box.url)).rejects.toThrow()
    expect(box.counts().requests.poll).toBe(0)
  })
})
