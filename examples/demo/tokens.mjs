// Bearer tokens that last a minute, so that renewing one on a living connection can be watched.

import { randomBytes } from 'node:crypto'

export const tokenLifetime = 60_000

export function createTokens() {
  const issued = new Map()

  return {
    issue(visitorId) {
      for (const [token, { until }] of issued) if (until < Date.now()) issued.delete(token)
      const token = randomBytes(16).toString('base64url')
      issued.set(token, { visitorId, until: Date.now() + tokenLifetime })
      return token
    },

    /** Who may use this token and until when (ms since the epoch); undefined where nobody may. */
    verify(token) {
      const grant = issued.get(token)
      return grant && grant.until > Date.now() ? grant : undefined
    },

    revoke(visitorId) {
      for (const [token, grant] of issued) if (grant.visitorId === visitorId) issued.delete(token)
    },
  }
}
