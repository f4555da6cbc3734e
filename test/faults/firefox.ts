import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import {
  createProfile,
  Browser as Kind,
  launch,
  type Process,
  WEBDRIVER_BIDI_WEBSOCKET_ENDPOINT_REGEX,
} from '@puppeteer/browsers'

/** Firefox, driven by WebDriver BiDi (W3C). */
export interface Firefox {
  readonly alive: boolean
  /** Opens a page in a window of its own. Resolves when its document was read, or could not be; to what names the window. */
  open(url: string): Promise<string>
  closeWindow(context: string): Promise<void>
  close(): Promise<void>
}

interface Answer {
  readonly id?: number
  readonly type: 'success' | 'error' | 'event'
  readonly result?: { readonly context?: string }
  readonly message?: string
}

/**
 * Nothing is subscribed to: telling a driver of every request and frame cost the one process that all pages share half as much again.
 */
export async function launchFirefox(executablePath: string, preferences: Record<string, unknown>): Promise<Firefox> {
  const profile = await mkdtemp(join(tmpdir(), 'holdfast-firefox-'))
  await createProfile(Kind.FIREFOX, { path: profile, preferences })
  const args = ['--headless', '--remote-debugging-port=0', '--profile', profile, 'about:blank']
  const process = launch({ executablePath, args })
  const socket = await connectTo(process)
  const waiting = new Map<number, { resolve(result: Answer['result']): void; reject(error: Error): void }>()
  let commands = 0
  let alive = true

  const command = (method: string, params: object) =>
    new Promise<Answer['result']>((resolve, reject) => {
      if (!alive) return reject(new Error('Firefox is gone.'))
      waiting.set(++commands, { resolve, reject })
      socket.send(JSON.stringify({ id: commands, method, params }))
    })
  socket.onmessage = ({ data }) => {
    const { id, type, result, message }: Answer = JSON.parse(String(data))
    if (id === undefined) return
    const asked = waiting.get(id)
    waiting.delete(id)
    if (type === 'error') asked?.reject(new Error(message))
    else asked?.resolve(result)
  }
  socket.onclose = () => {
    alive = false
    for (const { reject } of waiting.values()) reject(new Error('Firefox is gone.'))
  }

  await command('session.new', { capabilities: {} })
  return {
    get alive() {
      return alive
    },
    async open(url) {
      const { context = '' } = (await command('browsingContext.create', { type: 'window' })) ?? {}
      await command('browsingContext.navigate', { context, url, wait: 'interactive' }).catch(() => {})
      return context
    },
    async closeWindow(context) {
      await command('browsingContext.close', { context })
    },
    async close() {
      await process.close()
      await rm(profile, { recursive: true, force: true, maxRetries: 5 })
    },
  }
}

async function connectTo(process: Process): Promise<WebSocket> {
  const endpoint = await process.waitForLineOutput(WEBDRIVER_BIDI_WEBSOCKET_ENDPOINT_REGEX)
  const socket = new WebSocket(`${endpoint}/session`)
  await new Promise<void>((resolve, reject) => {
    socket.onopen = () => resolve()
    socket.onerror = () => reject(new Error(`Firefox does not answer at ${endpoint}.`))
  })
  return socket
}
