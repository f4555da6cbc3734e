import { createHub, type Hub, type HubOptions } from '../../../src/server/index.js'
import { readBlocks } from './blocks.js'
import { CLIENT } from './served.js'

interface Frame {
  unacknowledged?: number
  next?: number
  epoch?: string
}

/** A hub without a socket, which tells what it has handled. */
export function start(options: HubOptions = {}) {
  const hub = createHub(options)
  const handled: number[] = []
  hub.onMessage(({ number }) => {
    handled.push(number)
    return `handled ${number}`
  })
  return { hub, handled }
}

export function post(hub: Hub, numbers: number[], frame: Frame = {}): Promise<Response> {
  const messages = numbers.map((number) => ({ number, type: 'chat' }))
  const body = JSON.stringify({ holdfast: 'send', client: CLIENT, unacknowledged: 1, messages, ...frame })
  const headers = { 'content-type': 'application/json' }
  return hub.fetch(new Request('http://app.test/live', { method: 'POST', headers, body }))
}

/** What became of each message: the handler's answer, or the code of an error. */
export async function results(response: Response | Promise<Response>): Promise<Record<number, unknown>> {
  const blocks = readBlocks(await (await response).text())
  const told = blocks.filter(({ event }) => event === 'holdfast:result').map(({ data }) => data)
  return Object.fromEntries(
    (told as { number: number; data?: unknown; error?: { code: string } }[]).map(({ number, data, error }) => [
      number,
      error?.code ?? data,
    ]),
  )
}

/** The `ready` of a hello of the client, and the outcomes that follow it. */
export async function hello(hub: Hub, unacknowledged: number, next: number) {
  const query = `carrier=poll&client=${CLIENT}&unacknowledged=${unacknowledged}&next=${next}`
  const response = await hub.fetch(new Request(`http://app.test/live?${query}`))
  const ready = readBlocks(await response.clone().text()).find(({ event }) => event === 'holdfast:ready')
  return { ready: ready?.data, outcomes: await results(response) }
}
