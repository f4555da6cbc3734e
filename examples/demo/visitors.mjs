// Who is looking at the demo. Every visitor has gates of their own, so that nobody blocks somebody else's WebSocket.
// A cookie tells visitors apart: it is the one thing that page loads, fetches and WebSocket handshakes all carry.

import { randomBytes } from 'node:crypto'

/** What each gate can do to the traffic that passes it. The first is how it starts. */
export const gateModes = {
  websocket: ['pass', 'block', 'hang', 'swallow'],
  sse: ['pass', 'buffer', 'block'],
  poll: ['pass', 'block'],
}

const cookieName = 'holdfast-demo'
const mostVisitors = 500

export function createVisitors() {
  const visitors = new Map()

  function create(id) {
    // The oldest goes first: a Map keeps the order of insertion.
    if (visitors.size >= mostVisitors) visitors.delete(visitors.keys().next().value)
    const visitor = { id, gates: { websocket: 'pass', sse: 'pass', poll: 'pass' }, passages: new Set() }
    visitors.set(id, visitor)
    return visitor
  }

  return {
    all: () => visitors.values(),

    /** The visitor of a request; where it brings no cookie of ours, a stranger whom nothing stands in the way of. */
    of(request) {
      const id = new RegExp(`(?:^|;\\s*)${cookieName}=([0-9a-f]{32})(?:;|$)`).exec(request.headers.cookie ?? '')?.[1]
      // A cookie from before the demo was started anew is as good as a fresh one.
      return (id && (visitors.get(id) ?? create(id))) || visitors.get('stranger') || create('stranger')
    },

    /** Gives a visitor who has none a cookie, with the page. */
    welcome(request, response) {
      if (this.of(request).id !== 'stranger') return
      const { id } = create(randomBytes(16).toString('hex'))
      response.setHeader('set-cookie', `${cookieName}=${id}; Path=/; HttpOnly; SameSite=Strict`)
    },
  }
}
