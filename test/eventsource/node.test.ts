import { expect, onTestFinished, test } from 'vitest'
import { EventSource } from '../../src/eventsource/index.js'
import { startEventStreams } from '../support/event-streams.js'

// In Node, which has no EventSource, no document and no CORS.

async function start(plan: unknown) {
  const server = await startEventStreams()
  const source = new EventSource(`${server.url}/x?plan=${encodeURIComponent(JSON.stringify(plan))}`)
  onTestFinished(async () => {
    source.close()
    await server.close()
  })
  return { server, source }
}

test('it hears, connects again behind the last event, and stops at 204', async () => {
  const { server, source } = await start([
    { body: 'retry: 50\nid: …\ndata: one\n\n' },
    { body: 'data: two\n\n' },
    { status: 204 },
  ])
  const heard: unknown[] = []
  source.onmessage = ({ data, lastEventId, origin }) => heard.push([data, lastEventId, origin === server.url])
  await new Promise<void>((resolve) => {
    source.onerror = () => source.readyState === EventSource.CLOSED && resolve()
  })
  expect(heard).toEqual([
    ['one', '…', true],
    ['two', '…', true],
  ])
  expect(server.visits('x')).toEqual([undefined, '…', '…'])
})

test('closing lets go of the stream', async () => {
  const { server, source } = await start([{ open: true, body: 'data: one\n\n' }])
  await new Promise((resolve) => (source.onmessage = resolve))
  expect(server.open('x')).toBe(1)
  source.close()
  await expect.poll(() => server.open('x')).toBe(0)
  expect(server.visits('x')).toHaveLength(1)
})

test('relative URLs have nothing to be relative to', () => {
  expect(() => new EventSource('/events')).toThrow(expect.objectContaining({ name: 'SyntaxError' }))
})
