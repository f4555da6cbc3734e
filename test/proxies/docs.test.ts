import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { configFiles, exampleFolder, proxyNames } from './proxies.js'

const read = (path: string) => readFileSync(join(exampleFolder, path), 'utf8')
/** What a page shows as code, of one language or all. */
const codeIn = (page: string, language = '\\w*') =>
  [...read(`../../${page}`).matchAll(RegExp(`\`\`\`${language}\\n([\\s\\S]*?)\`\`\`\\n`, 'g'))].map(
    ([, code = '']) => code,
  )

const shown = codeIn('docs/proxies.md')

test.each(Object.values(configFiles))('docs/proxies.md shows %s word for word', (file) => {
  expect(shown).toContain(read(file))
})

test.each(proxyNames)('what README.md shows of %s are lines of the same file', (name) => {
  const linesOf = (text: string) => text.split('\n').map((line) => line.trim())
  const lines = linesOf(read(configFiles[name]))
  const blocks = codeIn('README.md', name)
  expect(blocks).toHaveLength(1)
  for (const code of blocks) expect(lines).toEqual(expect.arrayContaining(linesOf(code)))
})

test('docs/proxies.md shows word for word how the example stops', () => {
  const server = read('server.mjs')
  expect(shown).toContain(server.slice(server.indexOf('let stopping')))
})
