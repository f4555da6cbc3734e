import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { root } from '../package/source-graph.js'

// Whoever measures anew, and writes it into docs/performance.md, is told which pages still say what was before.

const read = (path: string) => readFileSync(join(root, path), 'utf8')
const measured = new Set(`${read('docs/performance.md')}\n${read('docs/scaling.md')}`.match(/\d[\d,]*(?:\.\d+)?/g))

/** The figures in the tables of a page: cells that are a number with a unit, or a number alone. */
function figuresIn(text: string): string[] {
  const cells = text.split('\n').flatMap((line) => (line.startsWith('|') ? line.split('|') : []))
  return cells.flatMap((cell) => /^(\d[\d,]*(?:\.\d+)?)(?: ms| KiB|\/s)?$/.exec(cell.trim())?.[1] ?? [])
}

test.each([
  ['README.md', 10],
  ['docs/transports.md', 30],
])('the figures in %s are those that were measured', (page, atLeast) => {
  const figures = figuresIn(read(page))
  expect(figures.length).toBeGreaterThanOrEqual(atLeast)
  expect(figures.filter((figure) => !measured.has(figure))).toEqual([])
})
