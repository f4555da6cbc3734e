import { expect, test } from 'vitest'
import { connect, longPoll, type PlainOptions, plain } from '../../../src/core.js'
import { type FakeRequest, fakeFetch } from '../../support/fake-fetch.js'
import { pass, random, tick, useFakeTime } from '../../support/fake-time.js'

useFakeTime()

const address = 'http://app.test/live'

const JSON_TYPE = { 'content-type': 'application/json; charset=utf-8' }

/** A request that must have been made. */
function at(requests: readonly FakeRequest[], index: number): FakeRequest {
  const request = requests[index]
  if (!request) throw new Error(`there were only ${requests.length} requests`)
  return request
}

async function polling(options: PlainOptions = {}) {
  random(0)
  const server = fakeFetch()
  const live = connect(address, { transports: [longPoll()], protocol: plain(options) })
  const heard: unknown[] = []
  const errors: string[] = []
  live.on('*' as 'message', ({ type, data, id }) => heard.push([type, data, id]))
  live.onError(({ code }) => errors.push(code))
  await tick()
  /** Answers the newest poll, waits for the next one, and tells what was heard. */
  const answer = async (body: string | null, init?: ResponseInit) => {
    at(server.requests, server.requests.length - 1).answer(body, init)
    await pass(1000)
    return heard.splice(0)
  }
  const newest = () => at(server.requests, server.requests.length - 1)
  return { server, live, answer, newest, errors }
}

test('a poll may be answered with SSE text', async () => {
  const { live, answer, newest } = await polling()
  expect(newest().headers.get('accept')).toContain('text/event-stream')
  expect(newest().headers.get('accept')).toContain('application/json')
  expect(newest().url.search).toBe('')
  expect(await answer('id: 1\nevent: a\ndata: x\n\ndata: y\n\ndata: unfinished\n')).toEqual([
    ['a', 'x', '1'],
    ['message', 'y', undefined],
  ])
  expect(newest().headers.get('last-event-id')).toBe('1')
  expect(await answer('\n\n  data: z\n\n')).toBeDefined()
  live.close()
})

test.each([
  ['[1,{"a":2},"three"]', ['1', '{"a":2}', 'three']],
  ['{"a":[1]}', ['{"a":[1]}']],
  ['"text"', ['text']],
  ['  \n 7', ['7']],
  ['-1', ['-1']],
  ['true', ['true']],
  ['null', ['null']],
  ['[]', []],
])('a poll may be answered with JSON: %s', async (body, data) => {
  const { live, answer, errors } = await polling()
  expect(await answer(body, { headers: JSON_TYPE })).toEqual(data.map((text) => ['message', text, undefined]))
  expect(errors).toEqual([])
  live.close()
})

test('JSON may come in pieces', async () => {
  const { live, newest, answer, errors } = await polling()
  newest().begin({ headers: JSON_TYPE })
  for (const piece of ['\ufeff', ' ', '[', '"a', '", ', '2]']) newest().write(piece)
  newest().end()
  await pass(1000)
  expect(errors).toEqual([])
  expect(await answer('[3]', { headers: JSON_TYPE })).toEqual([
    ['message', 'a', undefined],
    ['message', '2', undefined],
    ['message', '3', undefined],
  ])
  live.close()
})

test('204 and 304 say that there is nothing yet', async () => {
  const { server, live, answer, errors } = await polling()
  expect(await answer(null, { status: 204 })).toEqual([])
  expect(await answer(null, { status: 304 })).toEqual([])
  expect(live.state.status).toBe('open')
  expect(errors).toEqual([])
  expect(server.requests).toHaveLength(3)
  live.close()
})

test('an entity tag is the cursor of JSON', async () => {
  const { live, answer, newest } = await polling()
  for (const etag of ['"v1"', 'W/"v2"']) {
    await answer('[1]', { headers: { ...JSON_TYPE, etag } })
    expect(newest().headers.get('if-none-match')).toBe(etag)
    expect(newest().headers.get('last-event-id')).toBeNull()
    expect(live.state.lastEventId).toBe(etag)
  }
  await answer(null, { status: 304, headers: { etag: 'W/"v2"' } })
  expect(newest().headers.get('if-none-match')).toBe('W/"v2"')
  live.close()
})

test('or a function of the page: the cursor after the last item', async () => {
  const { live, answer, newest } = await polling({
    cursor: (item) => `${(item as { id: number }).id}`,
    resume: (cursor, url) => url.searchParams.set('after', cursor),
  })
  expect(await answer('[{"id":1},{"id":2}]', { headers: { ...JSON_TYPE, etag: '"ignored"' } })).toEqual([
    ['message', '{"id":1}', '1'],
    ['message', '{"id":2}', '2'],
  ])
  expect(newest().url.search).toBe('?after=2')
  live.close()
})

test('JSON that does not parse is told, and not asked for again where there is a tag', async () => {
  const { live, answer, newest, errors } = await polling()
  expect(await answer('[1,', { headers: { ...JSON_TYPE, etag: '"bad"' } })).toEqual([])
  expect(errors).toEqual(['malformed'])
  expect(live.state.status).toBe('open')
  expect(newest().headers.get('if-none-match')).toBe('"bad"')
  expect(await answer('[2]', { headers: JSON_TYPE })).toEqual([['message', '2', undefined]])
  live.close()
})

test('polls start a second apart, or as far as the page says', async () => {
  for (const pollInterval of [undefined, 4000]) {
    const { server, live, newest } = await polling({ pollInterval })
    await pass(300)
    newest().answer('[]', { headers: JSON_TYPE })
    await pass((pollInterval ?? 1000) - 301)
    expect(server.requests).toHaveLength(1)
    await pass(1)
    expect(server.requests).toHaveLength(2)
    live.close()
  }
})

test('a poll that took longer than the pause is followed at once', async () => {
  const { server, live, newest } = await polling()
  await pass(5000)
  newest().answer('[]', { headers: JSON_TYPE })
  await tick()
  expect(server.requests).toHaveLength(2)
  live.close()
})

test('close ends a pause', async () => {
  const { server, live, answer } = await polling({ pollInterval: 5000 })
  await answer('[]', { headers: JSON_TYPE })
  live.close()
  await pass(10_000)
  expect(server.requests).toHaveLength(1)
})

test('a poll with another content type is another server', async () => {
  const { live, newest } = await polling()
  newest().answer('<h1>login</h1>', { headers: { 'content-type': 'text/html' } })
  expect(await live.closed).toBe('refused')
})
