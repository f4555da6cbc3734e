import { afterEach, beforeEach, describe, expect, onTestFinished, test, vi } from 'vitest'
import { connect, longPoll, sse } from '../../../src/core.js'
import type { Events, Mount, PageProps } from '../../bindings/pages/page.js'
import { remote } from '../setup/remote.js'

const text = (id: string) => document.getElementById(id)?.textContent

/** What a binding promises, whatever the framework: one small page, in a real browser, on a real hub. */
export function describeBinding(name: string, mount: Mount): void {
  describe(name, () => {
    let sockets = 0
    beforeEach(() => {
      // What a page remembers of an origin must not reach the next test, whose server may get the same port.
      localStorage.clear()
      sockets = 0
      const Original = WebSocket
      class CountedWebSocket extends Original {
        constructor(url: string | URL) {
          super(url)
          sockets++
        }
      }
      vi.stubGlobal('WebSocket', CountedWebSocket)
    })
    afterEach(() => vi.unstubAllGlobals())

    const open = (props: PageProps) => {
      const element = document.createElement('div')
      document.body.append(element)
      const page = mount(element, props)
      let mounted = true
      const unmount = () => {
        if (mounted) page.unmount()
        mounted = false
      }
      onTestFinished(() => {
        unmount()
        element.remove()
      })
      return { ...page, unmount }
    }
    const poll = (look: () => unknown) => expect.poll(look, { timeout: 10_000 })

    test('one connection, and what it says is shown', async () => {
      const server = await remote('server')
      open({ url: server.url })
      expect(text('status')).toBe('connecting')
      await poll(() => text('status')).toBe('open')
      expect(text('transport')).toBe('websocket')
      await server.publishNumbers('number', 1, 3)
      await poll(() => text('numbers')).toBe('1 2 3')
      expect(text('latest')).toBe('3')
      document.querySelector('button')?.click()
      await poll(server.messages).toMatchObject([{ type: 'word', data: 'hello' }])
      expect(sockets).toBe(1)
      expect(await server.visits()).toHaveLength(1)
    })

    test('a break is shown, and what came meanwhile is not lost', async () => {
      const server = await remote('server')
      open({ url: server.url })
      await poll(() => text('status')).toBe('open')
      await server.publishNumbers('number', 1, 1)
      await poll(() => text('numbers')).toBe('1')
      await server.stop()
      await poll(() => text('status')).toBe('reconnecting')
      await server.publishNumbers('number', 2, 1)
      await server.start()
      await poll(() => text('numbers')).toBe('1 2')
      expect(text('status')).toBe('open')
    })

    test('another URL opens another connection and closes the old one', async () => {
      const [before, after] = [await remote('server'), await remote('server')]
      const page = open({ url: before.url })
      await poll(() => text('status')).toBe('open')
      await before.publishNumbers('number', 1, 1)
      await poll(() => text('latest')).toBe('1')
      page.change({ url: after.url })
      // What the old one said last is not what the new one said.
      await poll(() => text('latest')).toBe('')
      await poll(async () => (await before.counts()).connections).toBe(0)
      await poll(() => text('status')).toBe('open')
      await after.publishNumbers('number', 5, 1)
      await poll(() => text('numbers')).toBe('1 5')
      expect(sockets).toBe(2)
    })

    test('without a URL there is no connection, until there is one, and as soon as there is none', async () => {
      const server = await remote('server')
      const page = open({ url: undefined })
      expect(text('status')).toBe('connecting')
      page.change({ url: server.url })
      await poll(() => text('status')).toBe('open')
      page.change({ url: undefined })
      await poll(() => text('status')).toBe('connecting')
      await poll(async () => (await server.counts()).connections).toBe(0)
      expect(sockets).toBe(1)
    })

    test('unmounting closes the connection', async () => {
      const server = await remote('server')
      const page = open({ url: server.url })
      await poll(() => text('status')).toBe('open')
      page.unmount()
      await poll(async () => (await server.counts()).connections).toBe(0)
      expect(sockets).toBe(1)
    })

    test.each([sse(), longPoll()])('a connection that the page makes itself: $name', async (transport) => {
      const server = await remote('server')
      const page = open({
        url: server.url,
        make: (url) => connect<Events>(url, { topics: ['all'], transports: [transport] }),
      })
      await poll(() => text('status')).toBe('open')
      expect(text('transport')).toBe(transport.name)
      await server.publishNumbers('number', 1, 3)
      await poll(() => text('numbers')).toBe('1 2 3')
      page.unmount()
      await poll(async () => {
        const { sse, poll } = await server.counts()
        return sse + poll
      }).toBe(0)
      expect(sockets).toBe(0)
    })
  })
}
