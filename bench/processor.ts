import { readdir, readFile } from 'node:fs/promises'

/** CPU time of a process so far, in ms. */
export interface ProcessorTime {
  /** Of its main thread: in a renderer the thread that runs the page. */
  readonly main: number
  /** Of all of its threads. */
  readonly all: number
}

export const NO_TIME: ProcessorTime = { main: 0, all: 0 }

/**
 * What the scheduler has counted (Linux only, else zero). Unlike time by the clock it hardly depends on what else the
 * machine does, and taking it costs the process nothing.
 */
export async function readProcessorTime(pids: readonly number[]): Promise<ProcessorTime> {
  let sum = NO_TIME
  for (const pid of pids) {
    const threads = await readdir(`/proc/${pid}/task`).catch(() => [])
    for (const thread of threads) {
      const text = await readFile(`/proc/${pid}/task/${thread}/schedstat`, 'utf8').catch(() => '0')
      const time = Number(text.split(' ')[0]) / 1e6
      sum = { main: sum.main + (thread === String(pid) ? time : 0), all: sum.all + time }
    }
  }
  return sum
}

export function difference(after: ProcessorTime, before: ProcessorTime): ProcessorTime {
  return { main: after.main - before.main, all: after.all - before.all }
}
