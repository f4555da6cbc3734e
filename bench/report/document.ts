import { mkdir, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { Table } from '../measurement.js'
import { barChart } from './chart.js'
import type { Circumstances } from './circumstances.js'
import { markdownTable } from './text.js'

/** What stands between these lines of docs/performance.md is written by the bench, for each measurement; the rest by people. */
const begin = (name: string) => `<!-- ${name}: written by \`npm run bench -- --docs\` -->`
const end = (name: string) => `<!-- /${name} -->`

/** Puts tables and charts of one measurement into docs/. */
export async function writeDocument(
  docs: string,
  name: string,
  tables: readonly Table[],
  circumstances: Circumstances,
): Promise<void> {
  await mkdir(join(docs, 'performance'), { recursive: true })
  const sections: string[] = []
  for (const table of tables) {
    await writeFile(join(docs, 'performance', `${table.key}.svg`), barChart(table))
    sections.push(`### ${table.title}\n\n![${table.title}](performance/${table.key}.svg)\n\n${markdownTable(table)}`)
  }
  const { date, rounds, machine, busy, versions } = circumstances
  const measured = Object.entries(versions).map(([name, version]) => `${name} ${version}`)
  const preface = `Measured on ${date}, ${machine}; medians of up to ${rounds} rounds, something else taking ${Math.round(busy * 100)} % of the machine. ${measured.join(', ')}.`
  const path = join(docs, 'performance.md')
  const text = await readFile(path, 'utf8')
  const from = text.indexOf(begin(name))
  const to = text.indexOf(end(name))
  if (from < 0 || to < from) throw new Error(`${path} has no place for results: ${begin(name)} … ${end(name)}`)
  const results = [begin(name), preface, ...sections, ''].join('\n\n')
  await writeFile(path, text.slice(0, from) + results + text.slice(to))
}
