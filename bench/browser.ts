import { type ChildProcess, spawn } from 'node:child_process'
import { existsSync } from 'node:fs'
import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Readable, Writable } from 'node:stream'
import { isRecord } from './record.js'

/** Where Chromium is looked for, after the environment's CHROMIUM_PATH. */
const CANDIDATES = [
  '/usr/bin/chromium',
  '/usr/bin/chromium-browser',
  '/usr/bin/google-chrome-stable',
  '/usr/bin/google-chrome',
]

const ARGUMENTS = [
  '--headless=new',
  '--no-sandbox', // as root there is none
  '--disable-gpu',
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
  '--disable-extensions',
  '--remote-debugging-pipe',
]

/** How long one command to the browser may take, in ms. */
const COMMAND_TIMEOUT = 30_000

type Parameters = { readonly [name: string]: unknown }

/**
 * Headless Chromium over the DevTools protocol on a pipe. Pages are opened and closed as targets of the browser and not
 * attached to while they are measured: no session, so no Network domain, which makes receiving over a WebSocket 2.5 to 3 times slower.
 */
export class Browser {
  #commands = 0
  #waiting = new Map<number, { resolve: (result: Parameters) => void; reject: (error: Error) => void }>()
  #unread = ''

  private constructor(
    readonly process: ChildProcess,
    readonly profile: string,
    readonly into: Writable,
    outOf: Readable,
  ) {
    outOf.setEncoding('utf8').on('data', (text: string) => this.#read(text))
    process.once('exit', (code) => {
      for (const { reject } of this.#waiting.values()) reject(new Error(`Chromium ended with code ${code}`))
      this.#waiting.clear()
    })
  }

  static async launch(): Promise<Browser> {
    const path = process.env.CHROMIUM_PATH ?? CANDIDATES.find((candidate) => existsSync(candidate))
    if (path === undefined) throw new Error('No Chromium found: install it, or set CHROMIUM_PATH.')
    const profile = await mkdtemp(join(tmpdir(), 'holdfast-bench-'))
    const child = spawn(path, [...ARGUMENTS, `--user-data-dir=${profile}`, 'about:blank'], {
      stdio: ['ignore', 'ignore', 'ignore', 'pipe', 'pipe'],
    })
    const [, , , into, outOf] = child.stdio
    if (!isWritable(into) || !isReadable(outOf)) throw new Error('Chromium has no pipe.')
    return new Browser(child, profile, into, outOf)
  }

  /** Sends one command; with a session to a page, else to the browser. */
  command(method: string, params: Parameters = {}, sessionId?: string): Promise<Parameters> {
    this.#commands += 1
    const id = this.#commands
    const { promise, resolve, reject } = Promise.withResolvers<Parameters>()
    this.#waiting.set(id, { resolve, reject })
    const timer = setTimeout(() => reject(new Error(`${method} was not answered`)), COMMAND_TIMEOUT)
    this.into.write(`${JSON.stringify({ id, method, params, sessionId })}\0`)
    return promise.finally(() => {
      clearTimeout(timer)
      this.#waiting.delete(id)
    })
  }

  async version(): Promise<string> {
    return String((await this.command('Browser.getVersion')).product)
  }

  /** A fresh profile: no cache, no storage, no open connections. Returns its id. */
  async createContext(): Promise<string> {
    return String((await this.command('Target.createBrowserContext')).browserContextId)
  }

  async disposeContext(browserContextId: string): Promise<void> {
    await this.command('Target.disposeBrowserContext', { browserContextId })
  }

  /** Opens a page in a window of its own, so that it is visible. Returns its target. */
  async open(url: string, browserContextId: string): Promise<string> {
    const { targetId } = await this.command('Target.createTarget', { url, browserContextId, newWindow: true })
    return String(targetId)
  }

  async closeTarget(targetId: string): Promise<void> {
    await this.command('Target.closeTarget', { targetId })
  }

  /** Bytes of a page's heap that are in use when all garbage is gone. Attached only meanwhile: see above. */
  async usedHeap(targetId: string): Promise<number> {
    const { sessionId } = await this.command('Target.attachToTarget', { targetId, flatten: true })
    await this.command('HeapProfiler.collectGarbage', {}, String(sessionId))
    const { usedSize } = await this.command('Runtime.getHeapUsage', {}, String(sessionId))
    await this.command('Target.detachFromTarget', { sessionId })
    return Number(usedSize)
  }

  /** Lets the process of a page crash. It does not answer any more. */
  async crashTarget(targetId: string): Promise<void> {
    const { sessionId } = await this.command('Target.attachToTarget', { targetId, flatten: true })
    this.command('Page.crash', {}, String(sessionId)).catch(() => {})
  }

  /** All of its processes, or those of one type. */
  async processes(wanted?: string): Promise<number[]> {
    const { processInfo } = await this.command('SystemInfo.getProcessInfo')
    const processes: unknown[] = Array.isArray(processInfo) ? processInfo : []
    return processes.filter(isRecord).flatMap(({ type, id }) => ((wanted ?? type) === type ? [Number(id)] : []))
  }

  /** The processes that run pages; on Linux without those that draw the frames of windows. */
  async renderers(): Promise<number[]> {
    const ids = await this.processes('renderer')
    const commands = await Promise.all(ids.map((id) => readFile(`/proc/${id}/cmdline`, 'utf8').catch(() => '')))
    return ids.filter((_, index) => !commands[index]?.includes('--top-chrome-webui'))
  }

  async close(): Promise<void> {
    const ended = new Promise((resolve) => this.process.once('exit', resolve))
    if (this.process.exitCode === null) {
      await this.command('Browser.close').catch(() => this.process.kill('SIGKILL'))
      await ended
    }
    await rm(this.profile, { recursive: true, force: true, maxRetries: 5 })
  }

  #read(text: string): void {
    const messages = (this.#unread + text).split('\0')
    this.#unread = messages.pop() ?? ''
    for (const message of messages) {
      const answer: unknown = JSON.parse(message)
      if (!isRecord(answer) || typeof answer.id !== 'number') continue // an event: none is needed
      const waiting = this.#waiting.get(answer.id)
      if (isRecord(answer.result)) waiting?.resolve(answer.result)
      else waiting?.reject(new Error(JSON.stringify(answer.error)))
    }
  }
}

function isWritable(stream: Readable | Writable | null | undefined): stream is Writable {
  return stream !== null && stream !== undefined && 'write' in stream
}

function isReadable(stream: Readable | Writable | null | undefined): stream is Readable {
  return stream !== null && stream !== undefined && 'setEncoding' in stream
}
