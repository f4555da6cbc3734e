import { mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { Laboratory } from './lab.js'
import { isRecord } from './record.js'

/** What can be profiled, and how much of it. */
const COUNTS = { first: 0, burst: 100_000, steady: 1_000, echo: 500 } as const

export type Profiled = keyof typeof COUNTS

export function isProfiled(name: string): name is Profiled {
  return Object.hasOwn(COUNTS, name)
}

interface Node {
  readonly id: number
  readonly name: string
  readonly place: string
}

/**
 * Runs an exercise under Chromium's CPU profiler (the Profiler domain, on a session to the page; the Network domain stays
 * off), writes the profile for DevTools to open, and prints where the main thread spends its own time.
 */
export async function profile(laboratory: Laboratory, name: string, exercise: Profiled, folder: string): Promise<void> {
  const [entrant] = laboratory.find([name])
  if (!entrant) return
  const { browser } = laboratory
  const context = await browser.createContext()
  let session = ''
  const report = await laboratory.visit({ entrant, exercise, count: COUNTS[exercise], timeout: 120_000 }, context, {
    async open(url) {
      const target = await browser.open('about:blank', context)
      const attached = await browser.command('Target.attachToTarget', { targetId: target, flatten: true })
      session = String(attached.sessionId)
      await browser.command('Profiler.enable', {}, session)
      await browser.command('Profiler.setSamplingInterval', { interval: 200 }, session)
      await browser.command('Profiler.start', {}, session)
      await browser.command('Page.navigate', { url }, session)
      return target
    },
    async beforeClose() {
      const { profile: recorded } = await browser.command('Profiler.stop', {}, session)
      await mkdir(folder, { recursive: true })
      const file = join(folder, `${`${name}-${exercise}`.replaceAll(/[^a-z0-9]+/gi, '-')}.cpuprofile`)
      await writeFile(file, JSON.stringify(recorded))
      print(recorded, file)
    },
  })
  await browser.disposeContext(context)
  console.log(report ? `${exercise}: ${report.total.toFixed(0)} ms, profiled` : 'It did not end.')
}

function print(recorded: unknown, file: string): void {
  if (!isRecord(recorded) || !Array.isArray(recorded.nodes)) throw new Error('Chromium sent no profile.')
  const nodes = new Map(recorded.nodes.filter(isRecord).map((node) => [Number(node.id), describe(node)]))
  const own = new Map<string, number>()
  const samples: unknown[] = Array.isArray(recorded.samples) ? recorded.samples : []
  const deltas: unknown[] = Array.isArray(recorded.timeDeltas) ? recorded.timeDeltas : []
  samples.forEach((sample, index) => {
    const node = nodes.get(Number(sample))
    const key = node ? `${node.name}  ${node.place}` : 'unknown'
    own.set(key, (own.get(key) ?? 0) + Number(deltas[index] ?? 0) / 1_000)
  })
  const rows = [...own].filter(([key]) => !key.startsWith('(idle)')).sort(([, a], [, b]) => b - a)
  console.log(`Own time on the main thread, ms (${file})`)
  for (const [key, time] of rows.slice(0, 30)) console.log(`${time.toFixed(1).padStart(8)}  ${key}`)
}

function describe(node: { readonly [name: string]: unknown }): Node {
  const frame = isRecord(node.callFrame) ? node.callFrame : {}
  const file = String(frame.url ?? '').replace(/^.*\//, '')
  const place = file === '' ? '' : `${file}:${Number(frame.lineNumber) + 1}:${Number(frame.columnNumber) + 1}`
  return { id: Number(node.id), name: String(frame.functionName) || '(anonymous)', place }
}
