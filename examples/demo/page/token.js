// The page's token: kept as long as it is good for something, and fetched anew when the server says that it is not.

import { control } from './controls.js'

export function createToken() {
  let token
  let renewAt = 0

  return {
    /** What `connect` asks for its headers. */
    async headers({ signal }) {
      if (!token || Date.now() > renewAt) {
        const fresh = await control('token', {}, { signal })
        token = fresh.token
        // The library asks half a lifetime before the end: by then this one counts as old.
        renewAt = Date.now() + fresh.lifetime * 0.45
      }
      return { authorization: `Bearer ${token}` }
    },

    /** What `onError` hears: who is refused needs another one. The library asks once more by itself. */
    refused({ code }) {
      if (code === 'unauthorized' || code === 'expired') token = undefined
    },
  }
}
