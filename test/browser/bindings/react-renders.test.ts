import { Component, createElement, type ReactNode, StrictMode } from 'react'
import { flushSync } from 'react-dom'
import { createRoot } from 'react-dom/client'
import { beforeEach, expect, onTestFinished, test, vi } from 'vitest'
import { useConnection, useConnectionFrom, useEvent, useLatestEvent } from '../../../src/bindings/react.js'
import { type Connection, connect, websocket } from '../../../src/index.js'
import type { Events } from '../../bindings/pages/page.js'
import { remote } from '../setup/remote.js'

// What only React does: it renders anew for every reason, and inline functions are others each time.

beforeEach(() => localStorage.clear())

/** Renders in StrictMode, as often as it is called. */
function root(): { render(node: ReactNode): void; unmount(): void } {
  const made = createRoot(document.createElement('div'))
  onTestFinished(() => flushSync(() => made.unmount()))
  return {
    render: (node) => flushSync(() => made.render(createElement(StrictMode, null, node))),
    unmount: () => flushSync(() => made.unmount()),
  }
}

const poll = (look: () => unknown) => expect.poll(look, { timeout: 10_000 })

test('a listener written inline is subscribed once, and is always that of the latest render', async () => {
  const server = await remote('server')
  const live = connect<Events>(server.url)
  onTestFinished(() => live.close())
  await live.opened
  const on = vi.spyOn(live, 'on')
  const heard: string[] = []
  const Page = ({ render }: { render: number }) => {
    useEvent(live, 'number', ({ data }) => heard.push(`${data} in render ${render}`))
    return null
  }
  const { render } = root()
  for (let number = 0; number < 10; number++) render(createElement(Page, { render: number }))
  // StrictMode's first mounting, and its second.
  expect(on).toHaveBeenCalledTimes(2)
  await server.publishNumbers('number', 1, 1)
  await poll(() => heard).toEqual(['1 in render 9'])
})

test('options written inline do not connect again; a key does', async () => {
  const server = await remote('server')
  const seen = new Set<Connection | undefined>()
  const Page = ({ id }: { id: string }) => {
    const live = useConnection(server.url, { key: id, topics: [id], transports: [websocket()] })
    seen.add(live)
    return null
  }
  const { render } = root()
  for (let number = 0; number < 10; number++) render(createElement(Page, { id: 'ann' }))
  const [none, first] = [...seen]
  expect(none).toBeUndefined()
  await first?.opened
  render(createElement(Page, { id: 'bob' }))
  expect(first?.state.reason).toBe('page')
  const [, , second] = [...seen]
  await second?.opened
  expect(seen.size).toBe(3)
  expect((await server.visits()).map(({ topics }) => topics)).toEqual([['ann'], ['bob']])
  await poll(async () => (await server.counts()).websocket).toBe(1)
})

test('headers are those of the latest render', async () => {
  const server = await remote('server', { tokens: { first: 'ann', second: 'ann' } })
  let live: Connection | undefined
  const Page = ({ token }: { token: string }) => {
    live = useConnection(server.url, { headers: { authorization: `Bearer ${token}` }, transports: [websocket()] })
    return null
  }
  const { render } = root()
  render(createElement(Page, { token: 'first' }))
  await live?.opened
  render(createElement(Page, { token: 'second' }))
  await server.kill()
  await poll(async () => (await server.visits()).length).toBeGreaterThan(1)
  expect((await server.visits()).map(({ headers }) => headers.authorization)).toEqual(['Bearer first', 'Bearer second'])
})

test('no event comes before the listeners of the components below', async () => {
  const server = await remote('server')
  let early: MessagePort | undefined
  const order: string[] = []
  const make = () => {
    const live = connect<Events>(server.url)
    const on = live.on.bind(live)
    // The earliest task that could bring an event.
    const { port1, port2 } = new MessageChannel()
    port1.onmessage = () => order.push('event')
    early = port2
    early.postMessage(undefined)
    live.on = (...given: Parameters<typeof on>) => {
      order.push('listener')
      return on(...given)
    }
    return live
  }
  const Below = ({ live }: { live: Connection<Events> | undefined }) => {
    useEvent(live, 'number', () => {})
    return null
  }
  const Page = () => createElement(Below, { live: useConnectionFrom('here', make) })
  // Not by flushSync, which would run the effects at once: as a page starts.
  const made = createRoot(document.createElement('div'))
  onTestFinished(() => made.unmount())
  made.render(createElement(Page))
  await poll(() => order).toContain('event')
  expect(order).toEqual(['listener', 'event'])
})

test('what makes the connection is called once, although StrictMode mounts twice', async () => {
  const server = await remote('server')
  const make = vi.fn((url: string) => connect(url))
  const Page = () => {
    useConnectionFrom(server.url, (url) => make(url))
    return null
  }
  const { render } = root()
  render(createElement(Page))
  await make.mock.results[0]?.value.opened
  expect(make).toHaveBeenCalledTimes(1)
})

test('a connection from outside is listened to, and left alone', async () => {
  const server = await remote('server')
  const live = connect<Events>(server.url)
  onTestFinished(() => live.close())
  await live.opened
  let latest: number | undefined
  const Page = () => {
    latest = useLatestEvent(live, 'number')?.data
    return null
  }
  const { render, unmount } = root()
  render(createElement(Page))
  await server.publishNumbers('number', 1, 1)
  await poll(() => latest).toBe(1)
  unmount()
  await server.publishNumbers('number', 2, 1)
  await live.send('word')
  expect(latest).toBe(1)
  expect(live.state.status).toBe('open')
})

test('what cannot be connected is an error of the component, and the connection before it is closed', async () => {
  const server = await remote('server')
  let live: Connection | undefined
  const Page = ({ url }: { url: string }) => {
    live = useConnection(url) ?? live
    return null
  }
  class Boundary extends Component<{ children: ReactNode }> {
    override state: { message?: string } = {}
    static getDerivedStateFromError = ({ message }: Error) => ({ message })
    override componentDidCatch({ message }: Error) {
      caught = message
    }
    override render() {
      return this.state.message === undefined && this.props.children
    }
  }
  let caught = ''
  vi.spyOn(console, 'error').mockImplementation(() => {})
  onTestFinished(() => void vi.restoreAllMocks())
  const { render } = root()
  render(createElement(Boundary, null, createElement(Page, { url: server.url })))
  await live?.opened
  render(createElement(Boundary, null, createElement(Page, { url: 'ftp://nowhere' })))
  await poll(() => caught).toMatch(/^connect: url must be/)
  expect(live?.state.reason).toBe('page')
})
