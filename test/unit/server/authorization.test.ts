import { describe, expect, test, vi } from 'vitest'
import type { Authorize, AuthorizeRequest } from '../../../src/server/index.js'
import { dataOf } from './blocks.js'
import { CLIENT, hear, Served, sendBody } from './served.js'

describe('authorize', () => {
  test('sees the same headers whichever transport brought them', async () => {
    const seen: AuthorizeRequest[] = []
    await using served = await Served.start({
      authorize(request) {
        seen.push(request)
        return { principal: 'me' }
      },
    })
    const headers = { authorization: 'Bearer x', 'x-more': '1' }
    const query = `?topic=a&client=${CLIENT}`
    const stream = hear(await fetch(`${served.url}/live${query}`, { headers }))
    await stream.block('holdfast:ready')
    await (await fetch(`${served.url}/live${query}&carrier=poll`, { headers })).text()
    const socket = served.socket('?hello=frame')
    await socket.block('holdfast:open')
    socket.hello({ topics: ['a'], client: CLIENT, headers })
    await socket.block('holdfast:ready')
    const posted = sendBody([1])
    await (await fetch(`${served.url}/live`, { ...posted, headers: { ...posted.headers, ...headers } })).text()
    expect(seen.map(({ transport }) => transport)).toEqual(['sse', 'long-poll', 'websocket', 'post'])
    for (const { headers, client } of seen)
      expect([headers.get('authorization'), headers.get('X-More'), client]).toEqual(['Bearer x', '1', CLIENT])
    expect(seen.map(({ topics }) => topics)).toEqual([['a'], ['a'], ['a'], []])
  })

  test('a hello does not speak for the browser, nor over the request', async () => {
    let seen = new Headers()
    await using served = await Served.start({
      authorize({ headers }) {
        seen = headers
        return { principal: 'me' }
      },
    })
    const socket = served.socket('?hello=frame', { headers: { 'x-proxy': 'true' } })
    await socket.block('holdfast:open')
    socket.hello({ headers: { cookie: 'a=1', origin: 'http://x', host: 'x', 'x-proxy': 'false', 'x-own': '1' } })
    await socket.block('holdfast:ready')
    expect(seen.get('cookie')).toBeNull()
    expect(seen.get('origin')).toBeNull()
    expect(seen.get('host')).toContain('127.0.0.1')
    expect(seen.get('x-proxy')).toBe('true')
    expect(seen.get('x-own')).toBe('1')
  })

  const refusals: [string, Authorize, number, string, number][] = [
    ['null', () => null, 401, 'unauthorized', 0],
    ['a denial', () => ({ status: 403, message: 'Not you.' }), 403, 'forbidden', 0],
    [
      'an error',
      () => {
        throw new Error('token 123 is bad')
      },
      401,
      'unauthorized',
      1,
    ],
    ['a rejection', async () => Promise.reject(new Error('bad')), 401, 'unauthorized', 1],
    [
      'an error with a status',
      () => {
        throw Object.assign(new Error('no'), { status: 403 })
      },
      403,
      'forbidden',
      0,
    ],
    [
      'a failure',
      () => {
        throw Object.assign(new Error('no'), { status: 500 })
      },
      503,
      'unavailable',
      1,
    ],
    ['no principal', () => ({ principal: '' }), 500, 'internal', 1],
    ['an expiry in seconds', () => ({ principal: 'me', expires: 1_800_000_000 }), 500, 'internal', 1],
    [
      'topics that throw',
      () => ({
        principal: 'me',
        topics: () => {
          throw new Error('no')
        },
      }),
      500,
      'internal',
      1,
    ],
    ['an expiry that is past', () => ({ principal: 'me', expires: new Date(Date.now() - 1) }), 401, 'expired', 0],
    ['nothing in time', () => new Promise(() => {}), 503, 'unavailable', 1],
  ]
  test.each(refusals)(
    'that answers with %s, over HTTP and on a WebSocket',
    async (_, authorize, status, code, reported) => {
      await using served = await Served.start({ authorize, limits: { authorizeTimeout: 30 } })
      const response = await fetch(`${served.url}/live?topic=a`)
      expect(response.status).toBe(status)
      const body = await response.json()
      expect(body).toMatchObject({ code })
      expect(JSON.stringify(body)).not.toContain('123')
      const socket = served.socket('?topic=a')
      expect(await socket.closed).toBe(status === 503 ? 1013 : status === 500 ? 1011 : 1008)
      expect(dataOf(socket.blocks, 'holdfast:error')).toMatchObject({ code })
      expect(served.errors).toHaveLength(2 * reported)
      expect(served.hub.clients.size).toBe(0)
    },
  )

  test('may be answered with a function of the topic, and the rest is denied', async () => {
    await using served = await Served.start({
      authorize: () => ({ principal: 'me', topics: (topic) => topic.startsWith('room:') }),
    })
    const socket = served.socket('?topic=room:1&topic=secret')
    expect((await socket.block('holdfast:ready')).data).toMatchObject({ denied: ['secret'] })
    served.hub.publish('a', 1, { topic: 'secret' })
    served.hub.publish('b', 2, { topic: 'room:1' })
    await socket.block('b')
    expect(socket.text).not.toContain('event: a')
  })

  test('ends the connection when it expires, unless a hello renewed it', async () => {
    let lasts = 60
    await using served = await Served.start({
      authorize: () => ({ principal: 'me', expires: Date.now() + lasts }),
    })
    const left = served.socket()
    expect(Number(dataOf([await left.block('holdfast:ready')], 'holdfast:ready').expires)).toBeLessThanOrEqual(60)
    const renewed = served.socket()
    await renewed.block('holdfast:ready')
    lasts = 60_000
    renewed.hello({ hello: 2 })
    await renewed.block('holdfast:ready', 1)
    expect(await left.closed).toBe(1008)
    expect(dataOf(left.blocks, 'holdfast:error')).toMatchObject({ code: 'expired' })
    served.hub.publish('a', 1)
    await renewed.block('a')
    expect(served.hub.clients.size).toBe(1)
  })

  test('gives each principal a tag that tells nothing and is the same everywhere', async () => {
    const authorize: Authorize = ({ headers }) => ({ principal: headers.get('who') ?? '' })
    await using one = await Served.start({ authorize })
    await using other = await Served.start({ authorize })
    const tag = async (served: Served, who: string) => {
      const stream = hear(await fetch(`${served.url}/live?carrier=poll`, { headers: { who } }))
      return dataOf([await stream.block('holdfast:ready')], 'holdfast:ready').principal
    }
    const ann = await tag(one, 'ann@site')
    expect(ann).toMatch(/^[\w-]{20}$/)
    expect(await tag(other, 'ann@site')).toBe(ann)
    expect(await tag(one, 'bob@site')).not.toBe(ann)
  })

  test('another principal on the same connection hears what is its own', async () => {
    await using served = await Served.start({
      authorize: ({ headers }) => ({ principal: headers.get('who') ?? 'nobody' }),
      limits: { connectionsPerPrincipal: 1 },
    })
    const socket = served.socket('?hello=frame')
    await socket.block('holdfast:open')
    socket.hello({ headers: { who: 'ann' } })
    await socket.block('holdfast:ready')
    socket.hello({ hello: 2, headers: { who: 'bob' } })
    await socket.block('holdfast:ready', 1)
    served.hub.publish('a', 1, { to: 'ann' })
    served.hub.publish('b', 1, { to: 'bob' })
    await socket.block('b')
    expect(socket.text).not.toContain('event: a')
    // The place of the first is free again.
    const ann = served.socket('?hello=frame')
    await ann.block('holdfast:open')
    ann.hello({ headers: { who: 'ann' } })
    await ann.block('holdfast:ready')
    await vi.waitFor(() => expect(served.hub.clients.size).toBe(2))
  })
})
