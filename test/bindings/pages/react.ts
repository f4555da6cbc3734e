import { createElement, type ReactNode, useState } from 'react'
import {
  useConnection,
  useConnectionFrom,
  useConnectionState,
  useEvent,
  useLatestEvent,
} from '../../../src/bindings/react.js'
import { type Connection, websocket } from '../../../src/index.js'
import type { Events, PageProps } from './page.js'

export function ReactPage({ url, make }: PageProps): ReactNode {
  // Inline, as people write it: neither may connect again in the next render.
  const own = useConnection<Events>(make ? undefined : url, {
    topics: ['all'],
    headers: { 'x-page': 'react' },
    transports: [websocket()],
  })
  const made = useConnectionFrom(make && url, (url) => make?.(url) as Connection<Events>)
  return createElement(Numbers, { live: make ? made : own })
}

function Numbers({ live }: { live: Connection<Events> | undefined }): ReactNode {
  const { status, transport } = useConnectionState(live)
  const latest = useLatestEvent(live, 'number')
  const [numbers, setNumbers] = useState<number[]>([])
  useEvent(live, 'number', ({ data }) => setNumbers((before) => [...before, data]))
  return createElement(
    'main',
    null,
    createElement('p', { id: 'status' }, status),
    createElement('p', { id: 'transport' }, transport),
    createElement('p', { id: 'latest' }, latest?.data),
    createElement('p', { id: 'numbers' }, numbers.join(' ')),
    createElement('button', { type: 'button', onClick: () => live?.send('word', 'hello') }, 'Say hello'),
  )
}
