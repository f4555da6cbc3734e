import { HEARTBEAT_MARGIN, POLL_WAIT, RETRY_CEILING, RETRY_FLOOR } from '../constants.js'
import { sleep } from '../kit/sleep.js'
import type { Task, Transport } from '../seams.js'
import { expectType, read, request, uplink } from './http.js'
import type { HttpOptions } from './sse.js'

/** What a long-poll transport can be told. */
export interface LongPollOptions extends HttpOptions {
  /** How long the server may wait until it has something to say, in whole ms, up to 3,600,000. Default 25,000. */
  wait?: number
}

/**
 * Long-polling: one finite response after another. Passes wherever plain HTTP passes. Sends travel by POST.
 * @throws {TypeError} for a `wait` that cannot be
 */
export function longPoll({ url, method, body, headers, wait = POLL_WAIT }: LongPollOptions = {}): Transport {
  if (typeof wait !== 'number' || !(wait >= 0 && wait <= RETRY_CEILING))
    throw new TypeError('longPoll: wait must be a number of ms.')
  return {
    name: 'long-poll',
    framing: 'body',
    url,
    once: !!method && method !== 'GET',
    async run(task: Task) {
      // The first poll waits for nothing: it proves the way.
      for (let patience = 0; !task.signal.aborted; patience = wait) {
        const ask = task.ask(patience)
        // A plain server was not told how long to wait: it may take its time for the first poll too.
        task.due((ask.pause === undefined ? patience : ask.pause + wait) + HEARTBEAT_MARGIN)
        const started = task.env.Date.now()
        const response = await request(task, { ...ask, method, body }, headers)
        if (response.status === 200) expectType(response, /^(text\/event-stream|application\/json)\s*(;|$)/i)
        task.opened(uplink(task, headers))
        await read(task, response)
        const news = task.end(response.headers.get('etag') ?? undefined)
        // Whatever answers at once with nothing must not be asked in a busy loop.
        const pause = ask.pause ?? (news || !patience ? 0 : RETRY_FLOOR)
        await sleep(task.env, started + pause - task.env.Date.now(), task.signal)
      }
    },
  }
}
