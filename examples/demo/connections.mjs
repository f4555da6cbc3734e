// Tells every visitor how many connections the server counts for them: what their tabs share can be seen there.

export const every = 1_000

/** @param {import('holdfast/server').Hub} hub */
export function tellConnections(hub) {
  const counts = new Map()
  for (const { principal } of hub.clients) counts.set(principal, (counts.get(principal) ?? 0) + 1)
  // For nobody else's eyes, and worth nothing a second later.
  for (const [principal, count] of counts) {
    hub.publish('connections', { count }, { to: principal, ephemeral: true }).catch(() => {}) // it has been reported
  }
}
