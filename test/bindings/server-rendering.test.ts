import { createElement } from 'react'
import { renderToString } from 'react-dom/server'
import { render } from 'svelte/server'
import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { createSSRApp } from 'vue'
import { renderToString as renderVue } from 'vue/server-renderer'
import { connect } from '../../src/index.js'
import type { PageProps } from './pages/page.js'
import SveltePage from './pages/page.svelte'
import { ReactPage } from './pages/react.js'
import { VuePage } from './pages/vue.js'

// On a server a page is rendered as it is before there is a connection, and nobody connects.

const used: string[] = []
beforeEach(() => {
  used.length = 0
  const unused = (name: string) =>
    class {
      constructor() {
        used.push(name)
      }
      close() {}
    }
  vi.stubGlobal('WebSocket', unused('WebSocket'))
  vi.stubGlobal('fetch', () => {
    used.push('fetch')
    return new Promise(() => {})
  })
})
afterEach(() => vi.unstubAllGlobals())

const frameworks: Record<string, (props: PageProps) => string | Promise<string>> = {
  React: (props) => renderToString(createElement(ReactPage, props)),
  Vue: (props) => renderVue(createSSRApp(VuePage, { ...props })),
  Svelte: (props) => render(SveltePage, { props }).body,
}
const nextTask = () => new Promise((resolve) => setTimeout(resolve))
const url = 'http://127.0.0.1:9/live'

test.each(Object.keys(frameworks))('%s renders, and does not connect', async (name) => {
  const make = vi.fn()
  for (const props of [{ url }, { url, make }]) {
    expect(await frameworks[name]?.(props)).toMatch(/id="status"[^>]*>(<!--.*?-->)?connecting/)
  }
  await nextTask()
  expect(make).not.toHaveBeenCalled()
  expect(used).toEqual([])
})

test('a connection would be seen here', async () => {
  using _live = connect(url)
  await nextTask()
  expect(used).toEqual(['WebSocket'])
})
