import { expect, test } from 'vitest'
import { connect, longPoll, plain } from '../../../src/core.js'
import { fakeFetch } from '../../support/fake-fetch.js'
import { pass, random, tick, useFakeTime } from '../../support/fake-time.js'
import { blocks } from '../../support/scripted-transport.js'

useFakeTime()

const URL = 'http://app.test/live'

const hello = (more: object = {}) => blocks.open(more) + blocks.ready('g.0')

test('the first poll waits for nothing and is due at once; a later one has its wait, and a margin', async () => {
  random(1)
  const server = fakeFetch()
  const live = connect(URL, { transports: [longPoll()] })
  const errors: string[] = []
  live.onError(({ code }) => errors.push(code))
  await tick()
  expect(server.requests[0]?.url.searchParams.get('wait')).toBe('0')
  server.requests[0]?.answer(hello())
  await pass(100)
  expect(server.requests[1]?.url.searchParams.get('wait')).toBe('25000')
  await pass(29_899)
  expect(errors).toEqual([])
  await pass(101)
  expect(errors).toEqual(['silent'])
  expect(server.requests[1]?.signal?.aborted).toBe(true)
  live.close()
})

test('a first poll that nobody answers is given up within the margin', async () => {
  const server = fakeFetch()
  const live = connect(URL, { transports: [longPoll({ wait: 60_000 })] })
  await pass(4999)
  expect(server.requests[0]?.signal?.aborted).toBe(false)
  await pass(1)
  expect(server.requests[0]?.signal?.aborted).toBe(true)
  live.close()
})

test('the wait of a long-poll can be chosen', async () => {
  const server = fakeFetch()
  const live = connect(URL, { transports: [longPoll({ wait: 7000 })] })
  await tick()
  server.requests[0]?.answer(hello())
  await pass(100)
  expect(server.requests[1]?.url.searchParams.get('wait')).toBe('7000')
  live.close()
})

test('polls of a plain server may pause longer than any margin', async () => {
  const server = fakeFetch()
  const live = connect(URL, { transports: [longPoll()], protocol: plain({ pollInterval: 60_000 }) })
  const errors: string[] = []
  live.onError(({ code }) => errors.push(code))
  for (let poll = 0; poll < 4; poll++) {
    await tick()
    expect(server.requests).toHaveLength(poll + 1)
    server.requests[poll]?.answer('[1]', { headers: { 'content-type': 'application/json' } })
    await pass(59_999)
    expect(server.requests).toHaveLength(poll + 1)
    await pass(1)
  }
  expect(errors).toEqual([])
  live.close()
})

test('a plain server may hold the first poll, since it is not told to answer at once', async () => {
  const server = fakeFetch()
  const live = connect(URL, { transports: [longPoll()], protocol: plain() })
  const heard: unknown[] = []
  live.on('message', ({ data }) => heard.push(data))
  await pass(20_000)
  expect(server.requests).toHaveLength(1)
  server.requests[0]?.answer('["late"]', { headers: { 'content-type': 'application/json' } })
  await tick()
  expect(heard).toEqual(['late'])
  live.close()
})

test('a server that answers every poll at once is not asked in a busy loop', async () => {
  const server = fakeFetch()
  const live = connect(URL, { transports: [longPoll()] })
  let answered = 0
  for (let turn = 0; turn < 1000; turn++) {
    await pass(1)
    for (; answered < server.requests.length; answered++) server.requests[answered]?.answer(hello())
  }
  expect(server.requests.length).toBeLessThan(50)
  live.close()
})
