import { flushSync, mount, unmount } from 'svelte'
import { writable } from 'svelte/store'
import { expect, onTestFinished, test, vi } from 'vitest'
import { connectionFrom, connectionState } from '../../../src/bindings/svelte.js'
import { connect } from '../../../src/index.js'
import AnyPage from '../../bindings/pages/any-page.svelte'
import { remote } from '../setup/remote.js'
import { describeBinding } from './scenarios.js'

describeBinding('Svelte', (target, first) => {
  const given = writable(first)
  const page = mount(AnyPage, { target, props: { given } })
  flushSync()
  return { change: (next) => given.set(next), unmount: () => void unmount(page) }
})

test('a connection in a module stays while one part of a page makes way for another', async () => {
  const server = await remote('server')
  const make = vi.fn((url: string) => connect(url))
  const status = connectionState(connectionFrom(server.url, make))
  const seen: string[] = []
  const look = () => status.subscribe((state) => seen.push(state.status))
  let leave = look()
  onTestFinished(() => leave())
  await expect.poll(() => seen).toContain('open')
  leave()
  leave = look()
  expect(seen.at(-1)).toBe('open')
  await Promise.resolve()
  leave()
  await expect.poll(async () => (await server.counts()).connections).toBe(0)
  expect(make).toHaveBeenCalledTimes(1)
  leave = look()
  expect(seen.at(-1)).toBe('connecting')
  expect(make).toHaveBeenCalledTimes(2)
})
