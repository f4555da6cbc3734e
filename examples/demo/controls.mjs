// The switches of the page: small JSON requests that set the gates, cut, restart, and issue or expire tokens.
// They are answered in front of the server, so they work while it is down.

import { tokenLifetime } from './tokens.mjs'
import { gateModes } from './visitors.mjs'

const largestBody = 1024

export function createControls({ middlebox, tokens, application }) {
  const actions = {
    settings: (visitor) => ({ gates: visitor.gates, serverIsUp: application.isUp() }),

    gate(visitor, { name, mode }) {
      if (!Object.hasOwn(gateModes, name) || !gateModes[name].includes(mode))
        throw new Error('There is no such gate or mode.')
      visitor.gates[name] = mode
      // What swallows or holds back does so from now on, in the middle of what runs; the others let nothing run on.
      if (mode === 'block' || mode === 'hang') middlebox.cut(visitor, name)
      return { gates: visitor.gates }
    },

    cut(visitor) {
      const connections = visitor.passages.size
      middlebox.cut(visitor)
      return { connections }
    },

    async restart(_visitor, { keepHistory }) {
      return { restarted: await application.restart({ keepHistory: keepHistory !== false }) }
    },

    token: (visitor) => ({ token: tokens.issue(visitor.id), lifetime: tokenLifetime }),

    /** As when somebody logs out in another window: the token is worth nothing, and who came with it is told so. */
    expire(visitor) {
      tokens.revoke(visitor.id)
      return { connections: application.expire(visitor.id) }
    },
  }

  /** Answers a request to `/controls/…`; returns false where it is none. */
  return (request, response, visitor) => {
    const name = /^\/controls\/([a-z]+)$/.exec(request.url)?.[1]
    if (!name) return false
    const answer = (status, value) =>
      response
        .writeHead(status, { 'content-type': 'application/json', 'cache-control': 'no-store' })
        .end(JSON.stringify(value))
    if (request.method !== 'POST' || !Object.hasOwn(actions, name)) answer(404, { error: 'There is no such control.' })
    else if (request.headers['content-type'] !== 'application/json') answer(415, { error: 'A control wants JSON.' })
    else {
      readJson(request)
        .then((body) => actions[name](visitor, body))
        .then(
          (value) => answer(200, value),
          (error) => answer(400, { error: error.message }),
        )
    }
    return true
  }
}

async function readJson(request) {
  let text = ''
  for await (const chunk of request) {
    text += chunk
    if (text.length > largestBody) throw new Error('That is too much for a control.')
  }
  const value = JSON.parse(text || '{}')
  if (typeof value !== 'object' || value === null) throw new Error('A control wants a JSON object.')
  return value
}
