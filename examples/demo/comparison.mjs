// The server's side of the comparison: on request, so many messages to who asked. A hub of its own, without a token.

import { createHub, memoryHistory } from 'holdfast/server'

const most = 10_000

export function attachComparison(server) {
  const hub = createHub({ history: memoryHistory({ maxEvents: 2 * most }) })
  hub.onMessage(async ({ type, data }) => {
    const count = Number(data?.count)
    if (type !== 'burst' || !(count >= 1 && count <= most)) throw new Error(`Ask for 1 to ${most} messages.`)
    const published = []
    for (let number = 1; number <= count; number += 1) {
      published.push(hub.publish('item', { number, text: 'a small message' }, { topic: String(data.topic) }))
    }
    await Promise.all(published)
  })
  hub.attach(server, { path: '/compare' })
  return hub
}
