import { describe, expect, test } from 'vitest'
import { factories, numbersFrom, record, transportNames, until } from '../flow/scenarios/recorder.js'
import { behind } from './behind.js'
import { proxyNames } from './proxies.js'

const { sse, 'long-poll': longPoll } = factories

describe.each(proxyNames)('%s', (name) => {
  test.each(transportNames)('%s: events arrive at once, and sends are answered', async (transport) => {
    const { server, url } = await behind(name)
    const { live, numbers, carriers, gaps } = record(url, { transports: [factories[transport]()] })
    await until(() => expect(carriers).toEqual([transport]))
    for (const number of numbersFrom(1, 3)) {
      await server.publish('number', number)
      await until(() => expect(numbers).toEqual(numbersFrom(1, number)))
    }
    expect(await live.send('say', { text: 'up' })).toEqual({ echo: { text: 'up' } })
    // What carried them is what carries still: nothing had to end for them to come through.
    expect(live.explain().attempts).toEqual([expect.objectContaining({ transport, outcome: 'used' })])
    expect(gaps).toEqual([])
  })

  test('of all three the most preferred one passes', async () => {
    const { server, url } = await behind(name)
    const { live, numbers } = record(url)
    await until(() => expect(live.state.transport).toBe('websocket'))
    await server.publishNumbers('number', 1, 100)
    await until(() => expect(numbers).toEqual(numbersFrom(1, 100)))
    expect(live.explain().attempts).not.toContainEqual(expect.objectContaining({ outcome: 'failed' }))
  })

  test('an event leaves the proxy while the response goes on', async () => {
    const { server, url } = await behind(name)
    const response = await fetch(url)
    const reader = response.body?.pipeThrough(new TextDecoderStream()).getReader()
    const heard = async (words: string) => {
      for (let text = ''; ; ) {
        const { done, value } = (await reader?.read()) ?? { done: true }
        if (done) throw new Error('The response has ended.')
        text += value
        if (text.includes(words)) return
      }
    }
    await heard('holdfast:ready')
    for (const word of ['first', 'second']) {
      await server.publish('number', word)
      await heard(word)
    }
    await reader?.cancel()
  })
})

// What a line of the files is there for, by what happens without it.

test('nginx without proxy_buffering: what the hub says of itself is enough', async () => {
  const { server, url } = await behind('nginx', { changes: { 'proxy_buffering off;': '' } })
  const { numbers, carriers } = record(url, { transports: [sse()] })
  await until(() => expect(carriers).toEqual(['sse']))
  await server.publish('number', 1)
  await until(() => expect(numbers).toEqual([1]))
})

const compressing = { 'location = /live {': 'gzip on; gzip_types text/event-stream; location = /live {' }

test.each([
  ['as in the file', {}],
  ['without proxy_buffering', { 'proxy_buffering off;': '' }],
])('nginx that compresses events (gzip), else %s, does not hold them back', async (_how, changes) => {
  const { server, url } = await behind('nginx', { changes: { ...compressing, ...changes } })
  const response = await fetch(url, { headers: { 'accept-encoding': 'gzip' } })
  await response.body?.cancel()
  expect(response.headers.get('content-encoding')).toBe('gzip')
  for (const transport of [sse(), longPoll()]) {
    const { live, numbers, carriers } = record(url, { transports: [transport] })
    await until(() => expect(carriers).toEqual([transport.name]))
    for (const number of numbersFrom(1, 3)) {
      await server.publish('number', number)
      await until(() => expect(numbers).toEqual(numbersFrom(1, number)))
    }
    expect(live.explain().attempts).toHaveLength(1)
  }
})

test('nginx that compresses, and buffers whatever the hub says: clients notice, and poll', async () => {
  const buffering = { 'proxy_buffering off;': 'proxy_buffering on; proxy_ignore_headers X-Accel-Buffering;' }
  const { server, url } = await behind('nginx', { changes: { ...compressing, ...buffering } })
  const { numbers, carriers } = record(url, { transports: [sse(), longPoll()] })
  await until(() => expect(carriers).toEqual(['long-poll']))
  await server.publish('number', 1)
  await until(() => expect(numbers).toEqual([1]))
})

test('nginx without Upgrade: clients use SSE', async () => {
  const { url } = await behind('nginx', { changes: { 'proxy_set_header Upgrade $http_upgrade;': '' } })
  const { carriers } = record(url)
  await until(() => expect(carriers).toEqual(['sse']))
})

test('HAProxy without http-no-delay: an event on SSE comes later than with it', async () => {
  const { server, url } = await behind('haproxy')
  const late = await behind('haproxy', { server, changes: { 'option http-no-delay': '' } })
  const order: string[] = []
  for (const [which, address] of Object.entries({ late: late.url, prompt: url })) {
    const { live, carriers } = record(address, { transports: [sse()] })
    await until(() => expect(carriers).toEqual(['sse']))
    live.on('number', () => order.push(which))
  }
  await server.publish('number', 1)
  await until(() => expect(order).toEqual(['prompt', 'late']))
})
