import { readFile, writeFile } from 'node:fs/promises'
import { availableParallelism, cpus } from 'node:os'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { parseArgs } from 'node:util'
import { measureCapacity, serveHub } from './capacity.js'
import { herdChart } from './chart.js'
import { holdfast, windowFor } from './holdfast.js'
import { peers } from './peers.js'
import { seeded } from './random.js'
import { comparison, type Run, sizes } from './report.js'
import { AWAY, CAPACITY, CLIENTS, SITES, scenarios } from './scenarios.js'
import { type Outage, simulate } from './simulate.js'

const HELP = `node bench/herd/run.mjs [options]
  --clients <n>   how many lose the server at once (default ${CLIENTS.toLocaleString('en')})
  --seed <n>      default 1
  --capacity      no simulation: how many connects per second a hub takes on one core of this machine
  --docs          also writes the tables into docs/scaling.md and the charts into docs/performance/`

const docs = join(dirname(fileURLToPath(import.meta.url)), '..', '..', 'docs')
const { values: options } = parseArgs({
  options: {
    clients: { type: 'string', default: String(CLIENTS) },
    seed: { type: 'string', default: '1' },
    capacity: { type: 'boolean', default: false },
    docs: { type: 'boolean', default: false },
    help: { type: 'boolean', default: false },
    serve: { type: 'boolean', default: false },
  },
})
const clients = Number(options.clients)
const seed = Number(options.seed)

if (options.help) console.log(HELP)
else if (options.serve) await serveHub()
else if (options.capacity) {
  const perSecond = Math.round(await measureCapacity(4_000)).toLocaleString('en')
  console.log(`${perSecond} connects per second on one core (${availableParallelism()} of ${cpus()[0]?.model})`)
} else await main()

async function main(): Promise<void> {
  const outages = AWAY.map((away): Outage => ({ clients, away, capacity: CAPACITY, noticed: 0 }))
  const runs = outages.flatMap((outage) => scenarios(outage, Math.random).map((_, index) => runOne(index, outage)))
  const ownRuns = SITES.flatMap((site) => outages.map((outage) => runOwn({ ...outage, ...site })))
  const sources = peers(Math.random).map(({ name, source }) => `- ${name}: ${source}.`)
  const text = [comparison(runs), 'Holdfast as it is by default, on smaller sites:', sizes(ownRuns)].join('\n\n')
  console.log(`${text}\n\n${sources.join('\n')}`)
  if (!options.docs) return
  await insert('herd', text)
  await insert('herd sources', sources.join('\n'))
  for (const away of [0, 30_000]) {
    const title = `${clients.toLocaleString('en')} clients lose a server that is ${away === 0 ? 'back at once' : `away for ${away / 1_000} s`}`
    const shown = runs.filter(({ outage }) => outage.away === away)
    await writeFile(join(docs, 'performance', `herd-${away / 1_000}.svg`), herdChart(title, shown))
  }
}

/** Each run draws from the same seed, so that it does not depend on those before it. */
function runOne(index: number, outage: Outage): Run {
  const random = seeded(seed)
  const policy = scenarios(outage, random)[index]
  if (policy === undefined) throw new RangeError(`There is no scenario ${index}.`)
  return { policy, outage, recovery: simulate(policy, outage, random) }
}

function runOwn(outage: Outage): Run {
  const random = seeded(seed)
  const policy = holdfast('Holdfast', { window: windowFor(outage.clients) }, random)
  return { policy, outage, recovery: simulate(policy, outage, random) }
}

/** What stands between such lines of docs/scaling.md is written here; the rest by people. */
async function insert(name: string, text: string): Promise<void> {
  const path = join(docs, 'scaling.md')
  const begin = `<!-- ${name}: written by \`node bench/herd/run.mjs --docs\` -->`
  const end = `<!-- /${name} -->`
  const before = await readFile(path, 'utf8')
  const from = before.indexOf(begin)
  const to = before.indexOf(end)
  if (from < 0 || to < from) throw new Error(`${path} has no place for results: ${begin} … ${end}`)
  await writeFile(path, `${before.slice(0, from)}${begin}\n\n${text}\n\n${before.slice(to)}`)
}
