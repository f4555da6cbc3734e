import { readFileSync } from 'node:fs'
import { describe, expect, test } from 'vitest'
import { checks } from './suite/checks/index.js'
import { tables } from './suite/report.js'
import { unobservable } from './suite/unobservable.js'

function read(path: string): string {
  return readFileSync(new URL(`../../${path}`, import.meta.url), 'utf8')
}

const protocol = read('PROTOCOL.md').replace(/\s+/g, ' ')
const quoted = [
  ...new Set([...checks.flatMap(({ sentences }) => sentences), ...unobservable.map((one) => one.sentence)]),
]

describe('the suite and PROTOCOL.md say the same', () => {
  test.each(quoted)('%s', (sentence) => expect(protocol).toContain(sentence))

  test('every MUST and SHOULD is checked, or listed as what cannot be observed', () => {
    const covered = new Uint8Array(protocol.length)
    for (const sentence of quoted) {
      for (let at = protocol.indexOf(sentence); at >= 0; at = protocol.indexOf(sentence, at + 1))
        covered.fill(1, at, at + sentence.length)
    }
    const open = [...protocol.matchAll(/\b(MUST|SHOULD)\b/g)].filter(({ index }) => covered[index] === 0)
    expect(open.map(({ index }) => protocol.slice(Math.max(0, index - 80), index + 120))).toEqual([])
  })

  test('every id is used once', () => {
    expect(new Set(checks.map(({ id }) => id)).size).toBe(checks.length)
  })

  test('every section is a heading of PROTOCOL.md', () => {
    const headings = [...read('PROTOCOL.md').matchAll(/^#+ (.+)$/gm)].map(([, heading]) => heading)
    for (const { section } of checks) expect(headings).toContain(section)
  })

  test('docs/protocol-suite.md holds the tables of today (`node test/protocol/run.mjs --list` prints them)', () => {
    expect(read('docs/protocol-suite.md')).toContain(tables())
  })
})
