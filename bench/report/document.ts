import { mkdir, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { Table } from '../measurement.js'
import { barChart } from './chart.js'
import type { Circumstances } from './circumstances.js'
import { markdownTable } from './text.js'

/** What stands between these lines of docs/performance.md is written by the bench; the rest by people. */
const BEGIN = '<!-- results: written by `npm run bench -- --docs` -->'
const END = '<!-- /results -->'

/** Puts tables and charts into docs/. */
export async function writeDocument(
  docs: string,
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
  const preface = `Measured on ${date}, ${machine}; medians of ${rounds} rounds, something else taking ${Math.round(busy * 100)} % of the machine. ${measured.join(', ')}.`
  const path = join(docs, 'performance.md')
  const text = await readFile(path, 'utf8')
  const begin = text.indexOf(BEGIN)
  const end = text.indexOf(END)
  if (begin < 0 || end < begin) throw new Error(`${path} has no place for results: ${BEGIN} … ${END}`)
  const results = [BEGIN, preface, ...sections, END].join('\n\n')
  await writeFile(path, text.slice(0, begin) + results + text.slice(end + END.length))
}
