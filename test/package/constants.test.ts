import { readFileSync } from 'node:fs'
import { expect, test } from 'vitest'

const source = readFileSync('src/constants.ts', 'utf8')
const document = readFileSync('docs/constants.md', 'utf8')

test('docs/constants.md says what src/constants.ts says', () => {
  const declared = [...source.matchAll(/\/\*\*((?:(?!\*\/)[\s\S])*)\*\/\nexport const (\w+) = ([\d_]+)/g)].map(
    ([, why = '', name, value = '']) =>
      `| \`${name}\` | ${Number(value.replaceAll('_', '')).toLocaleString('en')} | ${why.replace(/\s*\n \* ?/g, ' ').trim()} |`,
  )
  expect(declared.length).toBe(source.match(/^export const/gm)?.length)
  expect(document.split('\n').filter((line) => line.startsWith('| `'))).toEqual(declared)
})
