import type { Connected, Open } from './contract.js'
import { findExercise } from './exercises/find.js'
import type { Findings, PageReport } from './task.js'

/** How long the page rests before it connects, and again before its exercise, in ms: its own loading is not measured. */
const REST = 100

const NOTHING: Findings = { failure: undefined, checksum: undefined, total: 0, times: [], numbers: [] }

/** Connects and exercises as the query says, and posts a {@link PageReport} to the address in the query. */
export function runPage(open: Open): void {
  const query = new URLSearchParams(location.search)
  const address = query.get('report') ?? ''
  const onlyFirst = query.get('exercise') === 'first'
  const count = Number(query.get('count'))
  const exercise = findExercise(query.get('exercise'))({ count, echo: () => connected.echo, pass }, report)
  let began = 0
  let first = 0
  let connected: Connected = {}

  function report(findings: Findings): void {
    const result: PageReport = { ...findings, first }
    void fetch(address, { method: 'POST', mode: 'no-cors', body: JSON.stringify(result) })
  }

  function receive(tick: unknown): void {
    if (first !== 0) {
      exercise.receive(tick)
      return
    }
    first = performance.now() - began
    if (onlyFirst) report(NOTHING)
    else setTimeout(() => void pass().then(exercise.begin), REST)
  }

  /** The bench reads clocks and heap before it answers. */
  async function pass(): Promise<void> {
    await fetch(`${address}/gate`, { method: 'POST', mode: 'no-cors' })
  }

  function connect(): void {
    began = performance.now()
    connected = open({ variant: query.get('variant') ?? '', start: query.get('start') ?? '', receive })
  }

  // In the next task after the load event, and when the page has come to rest.
  addEventListener('load', () => {
    if (onlyFirst) setTimeout(() => void pass().then(connect), REST)
    else setTimeout(connect, REST)
  })
}
