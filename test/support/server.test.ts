import { afterEach, beforeEach, expect, test } from 'vitest'
import { startTestServer, type TestServer } from './server.js'

// Without a client of ours: by fetch alone, as curl would.
let server: TestServer
beforeEach(async () => {
  server = await startTestServer({ tokens: { good: 'alice' } })
})
afterEach(() => server.close())

const authorization = { authorization: 'Bearer good' }

async function poll(cursor: string): Promise<string> {
  const response = await fetch(`${server.url}?carrier=poll&cursor=${encodeURIComponent(cursor)}`, {
    headers: authorization,
  })
  return response.text()
}
const positionIn = (text: string) => [...text.matchAll(/^id: (.*)$/gm)].at(-1)?.[1] ?? ''
const dataIn = (text: string) => [...text.matchAll(/^event: number\ndata: (.*)$/gm)].map(([, data]) => data)

test('lets in who has a token, remembers who came, and forgets a token', async () => {
  expect((await fetch(server.url)).status).toBe(401)
  expect((await fetch(`${server.url}?carrier=poll`, { headers: authorization })).status).toBe(200)
  expect(server.visits().map(({ headers }) => headers.authorization)).toEqual([undefined, 'Bearer good'])
  server.revoke('good')
  expect((await fetch(server.url, { headers: authorization })).status).toBe(401)
})

test('is killed and started again on its port, with what was published meanwhile', async () => {
  const { url } = server
  const stream = await fetch(url, { headers: authorization })
  const before = await poll('')
  expect(server.counts().sse).toBe(1)
  await server.publishNumbers('number', 1, 2)
  await server.stop()
  await expect(stream.text()).rejects.toThrow()
  await expect(fetch(url)).rejects.toMatchObject({ cause: { code: 'ECONNREFUSED' } })
  await server.publishNumbers('number', 3, 2)
  await server.start()
  expect(server.url).toBe(url)
  expect(dataIn(await poll(positionIn(before)))).toEqual(['1', '2', '3', '4'])
})

test('a fresh start knows nothing of earlier positions', async () => {
  const before = await poll('')
  await server.publishNumbers('number', 1, 2)
  await server.stop()
  await server.start({ fresh: true })
  const after = await poll(positionIn(before))
  expect(after).toContain('"gap":true')
  expect(dataIn(after)).toEqual([])
})
