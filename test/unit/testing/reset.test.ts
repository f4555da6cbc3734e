import { setupServer } from 'msw/node'
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest'
import { connect, longPoll, plain, sse, websocket } from '../../../src/index.js'
import { mockServer } from '../../../src/testing/index.js'
import { address, mock } from './mocked.js'

const server = setupServer(...mock.handlers)
beforeAll(() => server.listen({ onUnhandledFrame: 'error' }))
afterEach(() => server.resetHandlers())
afterAll(() => server.close())

describe.each([websocket(), sse(), longPoll()])('a connection over $name', (transport) => {
  test('that a test forgets is named, and does not come back', async () => {
    const live = connect(address, { transports: [transport], topics: ['room:7'] })
    const { id } = await mock.connected()
    await expect(mock.reset()).rejects.toThrow(
      `The test left a connection to ${address} open: ${transport.name}, client ${id}, principal anonymous, topics room:7. Close`,
    )
    expect(await live.closed).toBe('refused')
    expect(mock.clients).toEqual([])
    await mock.reset()
  })

  test('that was closed is not', async () => {
    const live = connect(address, { transports: [transport] })
    await mock.connected()
    live.close()
    await mock.reset()
  })
})

test('several are counted', async () => {
  const pages = [connect(address), connect(address)]
  await Promise.all(pages.map(({ opened }) => opened))
  await expect(mock.reset()).rejects.toThrow(/^The test left 2 connections to .*: websocket, .*; websocket, /)
  for (const page of pages) page.close()
})

test('those of a plain server as well', async () => {
  const old = mockServer('https://app.test/old', { protocol: plain() })
  server.use(...old.handlers)
  const live = connect(old.url, { protocol: plain() })
  await old.connected('websocket')
  await expect(old.reset()).rejects.toThrow('The test left a connection to https://app.test/old open: websocket. Close')
  live.close()
})

test('everything is as at the start', async () => {
  await mock.publish('price', 1)
  mock.block('websocket')
  mock.down()
  mock.onMessage(() => 'reply')
  const { hub } = mock
  await mock.reset()
  expect(mock.hub).not.toBe(hub)
  using live = connect(address)
  await live.opened
  expect(live.state.transport).toBe('websocket')
  expect(await live.send('chat')).toBeUndefined()
  expect(mock.messages).toMatchObject([{ type: 'chat', transport: 'websocket' }])
  live.close()
  await mock.reset()
  expect(mock.messages).toEqual([])
})

test('who still waits is told what came instead', async () => {
  const nothing = expect(mock.received('chat')).rejects.toThrow(
    'mock.received("chat") was still waiting when the mock was reset. The page sent nothing.',
  )
  const nobody = expect(mock.connected('sse')).rejects.toThrow('mock.connected("sse") was still waiting')
  await mock.reset()
  await Promise.all([nothing, nobody])

  using live = connect(address)
  await live.send('typing')
  const other = expect(mock.received('chat')).rejects.toThrow('The page sent: typing.')
  live.close()
  await mock.reset()
  await other
})

test('await using does it', async () => {
  const using = async () => {
    await using own = mockServer('https://app.test/own')
    server.use(...own.handlers)
    const live = connect(own.url)
    await live.opened
    return live
  }
  await expect(using()).rejects.toThrow('https://app.test/own')
})
