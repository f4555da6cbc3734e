import { MAX_EVENT_SIZE } from '../constants.js'
import type { Protocol, Task, Transport } from '../seams.js'

/** What a tab asks the server itself: polls that wait for nothing. */
export interface Requests {
  /**
   * Whether the answer so far is a whole one: such a one ends with the position alone (PROTOCOL.md, "Positions"). Who reads it
   * says so; undefined: nothing was in it.
   */
  complete: boolean | undefined
  /** Whom the server took this tab for in the last preview. */
  principal: string | undefined
  /** Asks until an answer is whole. `own`: what stands in place of the task's. Rejects as transports do. */
  whole(task: Task, own: Pick<Task, 'opened' | 'end'> & Partial<Task>): Promise<void>
  /** The ids of what is for this tab behind a position, as far as the server has it now; undefined if it does not know. */
  preview(task: Task, position: string): Promise<Set<string> | undefined>
}

export function createRequests(poll: Transport, wire: Protocol): Requests {
  const once: Requests['whole'] = (task, own) => {
    const done = new AbortController()
    task.signal.addEventListener('abort', () => done.abort())
    const end = (position?: string) => {
      const news = own.end(position)
      done.abort()
      return news
    }
    return poll.run({ ...task, ...own, end, signal: done.signal })
  }

  const requests: Requests = {
    complete: undefined,
    principal: undefined,
    async whole(task, own) {
      // Nothing at all may be what a break has left of an answer; twice, it is a server that does not say so.
      let silent = 0
      do {
        requests.complete = undefined
        await once(task, own)
        if (requests.complete === undefined) silent++
      } while (!requests.complete && silent < 2 && !task.signal.aborted)
    },
    async preview(task, position) {
      const ids = new Set<string>()
      let known = true
      const decoder = wire.decoder(
        'body',
        {
          event(_type, _data, id) {
            requests.complete = false
            if (id !== undefined) ids.add((position = id))
          },
          control(message) {
            if (message.kind === 'cursor') requests.complete = true
            if (message.kind !== 'ready') return
            requests.principal = message.principal
            known &&= !message.gap
          },
        },
        MAX_EVENT_SIZE,
      )
      const ask = () => {
        const request = task.ask(0)
        const url = new URL(request.url)
        url.searchParams.set('cursor', position)
        // It is not this client's hello.
        url.searchParams.delete('client')
        return { ...request, url: url.href }
      }
      const end = () => {
        decoder.end()
        return true
      }
      await requests.whole(task, { ask, opened() {}, data: decoder.data, end })
      return known ? ids : undefined
    },
  }
  return requests
}
