import { parseArgs } from 'node:util'
import { type Transport, transports } from './suite/carrier.js'
import type { Level } from './suite/check.js'
import { report, tables } from './suite/report.js'
import { levelOf, look, performAll, type Result } from './suite/runner.js'

const usage = `Tells how much of PROTOCOL.md a server speaks.

  node test/protocol/run.mjs --url http://host/live [--control http://host:port] [--level 2]
                             [--transport websocket,sse,long-poll] [--patience 20000]

  --url        the URL of the stream
  --control    where the server offers what the protocol does not define (docs/protocol-suite.md)
  --level      the level that is asked for: the exit code is 0 only where it is reached. Default 1
  --transport  the transports that must be offered. Left out: those that answer
  --patience   the longest that one check may wait, in ms. Default 20000
  --list       prints which check covers which sentence, and stops

Exit code: 0 the level was reached, 1 it was not, 2 the question was not understood.`

function misunderstood(message: string): never {
  console.error(`${message}\n\n${usage}`)
  process.exit(2)
}

function isTransport(name: string): name is Transport {
  return transports.some((transport) => transport === name)
}

function readArguments(): Partial<Record<'url' | 'control' | 'level' | 'transport' | 'patience', string>> {
  const text = { type: 'string' } as const
  const flag = { type: 'boolean' } as const
  const options = { url: text, control: text, level: text, transport: text, patience: text, list: flag, help: flag }
  try {
    const { values } = parseArgs({ options })
    if (values.help) {
      console.log(usage)
      process.exit(0)
    }
    if (values.list) {
      console.log(tables())
      process.exit(0)
    }
    const { url, control, level, transport, patience } = values
    return { url, control, level, transport, patience }
  } catch (error) {
    return misunderstood(error instanceof Error ? error.message : String(error))
  }
}

function readLevel(text: string | undefined): Level {
  for (const level of [1, 2, 3] as const) if (String(level) === (text ?? '1')) return level
  return misunderstood(`--level must be 1, 2 or 3, not ${text}`)
}

/** Runs the command line. Resolves to the exit code. */
export async function main(): Promise<number> {
  const given = readArguments()
  const { url = misunderstood('--url is missing'), control } = given
  if (!URL.canParse(url)) misunderstood(`--url is no URL: ${url}`)
  const level = readLevel(given.level)
  const names = given.transport?.split(',')
  const wanted = names?.filter(isTransport)
  if (names?.length !== wanted?.length) misunderstood(`--transport may name ${transports.join(', ')}`)
  const patience = Number(given.patience ?? 20_000)
  if (!(patience > 0)) misunderstood(`--patience must be a number of ms, not ${given.patience}`)

  const target = await look({ url, control, transports: wanted, patience })
  for (const transport of transports) {
    const claims = target.offered.get(transport)
    console.log(`${transport}: ${claims === undefined ? 'not offered' : `claims level ${claims.level}`}`)
  }
  const results: Result[] = []
  for await (const result of performAll(target)) results.push(result)
  console.log(report(results))
  const count = (outcome: Result['outcome']): number => results.filter((result) => result.outcome === outcome).length
  const reached = levelOf(results)
  console.log(`\n${count('pass')} passed, ${count('fail')} failed, ${count('not checked')} not checked`)
  console.log(`Level reached: ${reached === 0 ? 'none' : reached} (asked for: ${level})`)
  return reached >= level ? 0 : 1
}
