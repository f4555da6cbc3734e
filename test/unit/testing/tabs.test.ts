import { expect, test } from 'vitest'
import { tabs } from '../../../src/index.js'
import { type SimulatedTab, simulatedTabs } from '../../../src/testing/index.js'
import { useFakeTime } from '../../support/fake-time.js'
import { hear, mock, pass, withMock } from './mocked.js'

useFakeTime()
withMock()

const open = ({ env }: SimulatedTab) => hear({ env, share: tabs({ identity: 'ann' }) })

test('three tabs hold one connection, and each hears everything', async () => {
  const pages = simulatedTabs(3).map(open)
  await pass(100)
  expect(mock.clients).toHaveLength(1)
  expect(pages.map(({ live }) => live.state.role).sort()).toEqual(['follower', 'follower', 'leader'])
  mock.publish('price', 7)
  await pass(10)
  expect(pages.map(({ heard }) => heard)).toEqual([[7], [7], [7]])
})

test('a tab that leads and dies is replaced, without loss or doubles', async () => {
  const [first, second] = simulatedTabs(2)
  const one = open(first)
  await pass(100)
  const other = open(second)
  await pass(100)
  expect([one.live.state.role, other.live.state.role]).toEqual(['leader', 'follower'])
  mock.publish('price', 1)
  await pass(10)
  const before = mock.clients.map(({ id }) => id)
  first.kill()
  first.kill()
  mock.publish('price', 2)
  await pass(10_000)
  expect(other.live.state).toMatchObject({ status: 'open', role: 'leader' })
  mock.publish('price', 3)
  await pass(10)
  expect(other.heard).toEqual([1, 2, 3])
  expect(one.heard).toEqual([1])
  expect(other.gaps).toEqual([])
  expect(mock.clients).toHaveLength(1)
  expect(mock.clients.map(({ id }) => id)).not.toEqual(before)
})

test('one over SSE dies as well', async () => {
  mock.block('websocket')
  const [first, second] = simulatedTabs(2)
  open(first)
  await pass(100)
  const { live } = open(second)
  await pass(100)
  expect(mock.clients).toMatchObject([{ transport: 'sse' }])
  first.kill()
  await pass(10_000)
  expect(live.state).toMatchObject({ status: 'open', role: 'leader', transport: 'sse' })
  expect(mock.clients).toHaveLength(1)
})

test('how many there are is a number', () => {
  expect(() => simulatedTabs(0)).toThrow(RangeError)
})
