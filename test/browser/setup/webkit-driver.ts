import { type ChildProcess, spawn } from 'node:child_process'
import { setTimeout as sleep } from 'node:timers/promises'
import { findBrowser, howToGet } from '../../support/browsers.mjs'
import { freePort } from '../../support/free-port.js'

/** One tab of a WebKitGTK browser. */
export interface WebKitTab {
  goto(url: string): Promise<unknown>
  /** Runs an async function's source in the page and hands back what it resolves to. */
  evaluate(source: string): Promise<unknown>
  back(): Promise<unknown>
  close(): Promise<unknown>
}

export interface WebKit {
  newTab(): Promise<WebKitTab>
  close(): Promise<void>
}

/** Longest time in which a browser may start, in ms: it takes about one second, on a machine that has much to do too. */
const LAUNCH_TIMEOUT = 8_000
const LAUNCHES = 3

/** Starts WebKitGTK's MiniBrowser under Xvfb, steered by WebDriver: Playwright has no way to the system's WebKit. */
export async function launchWebKit(capabilities: object = {}): Promise<WebKit> {
  // The driver finds a free port for the browser to listen at, and lets go of it. Where somebody else is faster, it waits for
  // the browser for ever at a server that is none: another driver finds another port.
  for (let launches = 1; ; launches++) {
    try {
      return await launchOnce(capabilities)
    } catch (error) {
      const isLate = error instanceof DOMException && error.name === 'TimeoutError'
      if (!isLate || launches === LAUNCHES) throw error
    }
  }
}

async function launchOnce(capabilities: object): Promise<WebKit> {
  const found = findBrowser('webkit')
  if (found?.driver === undefined) throw new Error(howToGet('webkit'))
  const screen = await startScreen()
  const port = await freePort()
  screen.spawn(found.driver, `--port=${port}`)
  const { stop } = screen
  const base = `http://127.0.0.1:${port}`
  const launch = caller(base, AbortSignal.timeout(LAUNCH_TIMEOUT))
  try {
    await untilReady(launch)
    const options = { 'webkitgtk:browserOptions': { binary: found.path, args: ['--automation'] } }
    const session = await launch('POST', '/session', { capabilities: { alwaysMatch: { ...options, ...capabilities } } })
    return await openSession(caller(base), `/session/${textIn(session, 'sessionId')}`, stop)
  } catch (error) {
    stop()
    throw error
  }
}

/** Starts an X server, for programs that cannot do without one. */
export async function startScreen(): Promise<{
  spawn(command: string, ...args: string[]): ChildProcess
  stop(): void
}> {
  const screen = spawn('Xvfb', ['-displayfd', '3', '-screen', '0', '1280x800x24', '-nolisten', 'tcp'], {
    stdio: ['ignore', 'ignore', 'ignore', 'pipe'],
  })
  const display = await firstLine(screen)
  const env = { ...process.env, DISPLAY: `:${display}`, LIBGL_ALWAYS_SOFTWARE: '1' }
  const programs: ChildProcess[] = []
  const stop = () => {
    for (const program of programs) program.kill()
    screen.kill()
    process.off('exit', stop)
  }
  // However this process ends, it leaves no browser behind.
  process.once('exit', stop)
  return {
    spawn(command, ...args) {
      const program = spawn(command, args, { stdio: 'ignore', env })
      programs.push(program)
      return program
    },
    stop,
  }
}

type Call = (method: string, path: string, body?: object) => Promise<unknown>

async function openSession(call: Call, session: string, stop: () => void): Promise<WebKit> {
  let queue: Promise<unknown> = Promise.resolve()
  // A session has one current window: what concerns a tab has to wait its turn, and to switch to it first.
  const inTab = (handle: string, action: () => Promise<unknown>): Promise<unknown> => {
    const run = async () => {
      await call('POST', `${session}/window`, { handle })
      return action()
    }
    queue = queue.then(run, run)
    return queue
  }
  const tab = (handle: string): WebKitTab => ({
    goto: (url) => inTab(handle, () => call('POST', `${session}/url`, { url })),
    evaluate: async (source) => {
      const script = `const done = arguments[0]; (${source})().then((value) => done({ value }), (error) => done({ error: String(error) }))`
      const answer = await inTab(handle, () => call('POST', `${session}/execute/async`, { script, args: [] }))
      if (typeof answer === 'object' && answer !== null && 'error' in answer) throw new Error(String(answer.error))
      return typeof answer === 'object' && answer !== null && 'value' in answer ? answer.value : undefined
    },
    back: () => inTab(handle, () => call('POST', `${session}/back`, {})),
    close: () => inTab(handle, () => call('DELETE', `${session}/window`)),
  })
  // The first window is the tests' own; closing it would end the session.
  const first = String(await call('GET', `${session}/window`))
  let taken = false
  return {
    async newTab() {
      if (!taken) {
        taken = true
        return tab(first)
      }
      const made = await inTab(first, () => call('POST', `${session}/window/new`, { type: 'tab' }))
      return tab(textIn(made, 'handle'))
    },
    async close() {
      await call('DELETE', session).catch(() => {})
      stop()
    },
  }
}

function caller(base: string, signal: AbortSignal | null = null): Call {
  return async (method, path, body) => {
    const response = await fetch(base + path, { method, signal, ...(body && { body: JSON.stringify(body) }) })
    const { value } = (await response.json()) as { value: unknown }
    if (typeof value === 'object' && value !== null && 'error' in value) {
      throw new Error(`WebKit: ${path}: ${value.error}: ${'message' in value ? value.message : ''}`)
    }
    return value
  }
}

async function untilReady(call: Call): Promise<void> {
  for (;;) {
    try {
      await call('GET', '/status')
      return
    } catch (error) {
      if (error instanceof DOMException) throw error
      await sleep(20)
    }
  }
}

function textIn(value: unknown, key: string): string {
  if (typeof value !== 'object' || value === null) throw new Error(`WebKit: no ${key} in its answer`)
  return String(Reflect.get(value, key))
}

/** What the process says first on its fourth channel. */
function firstLine(process: ChildProcess): Promise<string> {
  return new Promise((resolve, reject) => {
    process.stdio[3]?.once('data', (data) => resolve(String(data).trim()))
    process.once('error', reject)
    process.once('exit', (code) => reject(new Error(`Xvfb ended with code ${code}`)))
  })
}
