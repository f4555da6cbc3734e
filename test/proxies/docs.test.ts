import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { exampleFolder } from './proxies.js'

const read = (path: string) => readFileSync(join(exampleFolder, path), 'utf8')
/** All that docs/proxies.md shows as code. */
const shown = [...read('../../docs/proxies.md').matchAll(/```\w*\n([\s\S]*?)```\n/g)].map(([, code]) => code)

test.each(['nginx.conf', 'haproxy.cfg'])('docs/proxies.md shows %s word for word', (file) => {
  expect(shown).toContain(read(file))
})

test('docs/proxies.md shows word for word how the example stops', () => {
  const server = read('server.mjs')
  expect(shown).toContain(server.slice(server.indexOf('let stopping')))
})
