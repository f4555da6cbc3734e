import { z } from 'zod'
import * as react from '../../src/bindings/react.js'
import * as svelte from '../../src/bindings/svelte.js'
import * as vue from '../../src/bindings/vue.js'
import { connect, plain } from '../../src/index.js'

// What must compile, and what must not. Never run: the gate's compiler reads it.

type Events = { price: { value: number }; note: string }

export function React() {
  const live = react.useConnection<Events>('/live', { key: 7, headers: { authorization: 'Bearer 1' } })
  live?.send('vote', 1)
  // @ts-expect-error: there may be none yet
  live.close()
  react.useEvent(live, 'price', ({ type, data, id }) => [type satisfies 'price', data.value.toFixed(), id])
  react.useEvent(live, '*', (event) => (event.type === 'note' ? event.data.trim() : event.data.value))
  // @ts-expect-error: no such type
  react.useEvent(live, 'prize', () => {})
  // @ts-expect-error: a price is no text
  react.useEvent(live, 'price', ({ data }) => data.trim())
  const price: number | undefined = react.useLatestEvent(live, 'price')?.data.value
  // @ts-expect-error: a note is no number
  const wrong: number | undefined = react.useLatestEvent(live, 'note')?.data
  react.useConnectionState(live).status satisfies string

  const raw = react.useConnection('wss://example.com', { protocol: plain() })
  react.useEvent(raw, 'message', ({ data }) => data.trim())
  raw?.send(new Uint8Array())
  const own = react.useConnectionFrom(7, (key) => connect<Events>(`/rooms/${key.toFixed()}`))
  react.useEvent(own, 'note', ({ data }) => data.trim())
  // @ts-expect-error: nothing that can be closed
  react.useConnectionFrom('', () => 7)
  const untyped = react.useConnection('/live')
  react.useEvent(untyped, 'anything', ({ data }) => data satisfies unknown)
  return [price, wrong]
}

export function Validated() {
  const live = react.useConnection('/live', { schema: { price: z.object({ value: z.number() }) } })
  react.useEvent(live, 'price', ({ data }) => data.value.toFixed())
  const there = vue.useConnection('/live', { schema: { price: z.number() } })
  vue.useEvent(there, 'price', ({ data }) => data.toFixed())
  const store = svelte.connection('/live', { schema: { price: z.number() } })
  svelte.onEvent(store, 'price', ({ data }) => data.toFixed())
}

export function Sending() {
  const live = react.useConnection<Events, { vote: 'tea' | 'coffee' }, { vote: { count: number } }>('/live')
  live?.send('vote', 'tea').then(({ count }) => count.toFixed())
  // @ts-expect-error: no such choice
  live?.send('vote', 'water')
  react.useEvent(live, 'price', ({ data }) => data.value)
  vue.useEvent(live, 'price', ({ data }) => data.value)
  svelte.onEvent(live ?? connect<Events>('/live'), 'price', ({ data }) => data.value)
  return react.useConnectionState(live)
}

export function Outside() {
  const live = connect<Events>('/live')
  react.useEvent(live, 'price', ({ data }) => data.value)
  vue.useEvent(live, 'price', ({ data }) => data.value)
  svelte.onEvent(live, 'price', ({ data }) => data.value)
}

export function Vue() {
  const live = vue.useConnection<Events>(() => '/live', { key: () => 'ann' })
  live.value?.send('vote', 1)
  vue.useEvent(live, 'price', ({ data }) => data.value)
  vue.useEvent(
    () => live.value,
    '*',
    (event) => (event.type === 'note' ? event.data.trim() : event.data.value),
  )
  // @ts-expect-error: no such type
  vue.useEvent(live, 'prize', () => {})
  vue.useLatestEvent(live, 'price').value?.data.value.toFixed()
  // @ts-expect-error: a price is no text
  vue.useLatestEvent(live, 'price').value?.data.trim()
  vue.useConnectionState(live).value.status satisfies string
  vue.useLatestEvent(vue.useConnection('/raw', { protocol: plain() }), 'message').value?.data.trim()
  vue
    .useConnectionFrom(
      () => 7,
      (key) => connect<Events>(`/rooms/${key.toFixed()}`),
    )
    .value?.send('vote', 1)
}

export function Svelte() {
  const live = svelte.connection<Events>('/live')
  svelte.onEvent(live, 'price', ({ data }) => data.value)
  svelte.onEvent(live, '*', (event) => (event.type === 'note' ? event.data.trim() : event.data.value))
  // @ts-expect-error: no such type
  svelte.onEvent(live, 'prize', () => {})
  svelte.latestEvent(live, 'price').subscribe((event) => event?.data.value.toFixed())
  // @ts-expect-error: a price is no text
  svelte.latestEvent(live, 'price').subscribe((event) => event?.data.trim())
  svelte.connectionState(live).subscribe((state) => state.status satisfies string)
  svelte.onEvent(svelte.connection('/raw', { protocol: plain() }), 'message', ({ data }) => data.trim())
  svelte.connectionFrom(7, (key) => connect<Events>(`/rooms/${key.toFixed()}`)).subscribe((own) => own?.close())
}
