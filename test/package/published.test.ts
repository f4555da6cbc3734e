import { execFileSync } from 'node:child_process'
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { join, posix } from 'node:path'
import { publint } from 'publint'
import { formatMessage } from 'publint/utils'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { dependencies, type Entry, entries, type Packed, pack, peers, programOf, reachOf } from './packed.js'
import { root } from './source-graph.js'

// What npm would publish, looked at from outside.
let packed: Packed
let files: string[]

beforeAll(() => {
  packed = pack()
  files = readdirSync(packed.unpacked, { recursive: true, encoding: 'utf8', withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map(({ parentPath, name }) =>
      join(parentPath, name)
        .slice(packed.unpacked.length + 1)
        .replaceAll('\\', '/'),
    )
  packed.link(...dependencies)
}, 60_000)
afterAll(() => packed.remove())

/** The peers without which an entry cannot be imported. Each of them is that of one entry alone. */
const packagesOf = ({ script }: Entry) =>
  peers.filter((peer) =>
    [...reachOf(root, script).outside].some((name) => name === peer || name.startsWith(`${peer}/`)),
  )

/** What a page, a worker or Node has, and what may be borrowed of it only when it is used. */
const platform = [
  ...['fetch', 'WebSocket', 'EventSource', 'BroadcastChannel', 'Worker', 'navigator', 'crypto', 'document', 'window'],
  ...['location', 'localStorage', 'setTimeout', 'setInterval', 'queueMicrotask', 'addEventListener'],
]

const read = (file: string) => readFileSync(join(packed.unpacked, file), 'utf8')

test('publint has nothing to say', async () => {
  const file = readFileSync(packed.tarball)
  const buffer = file.buffer.slice(file.byteOffset, file.byteOffset + file.byteLength)
  const { messages, pkg } = await publint({ pack: { tarball: buffer }, strict: true })
  expect(messages.map((message) => formatMessage(message, pkg, { color: false }))).toEqual([])
})

test('are the types wrong? No', () => {
  const program = programOf('@arethetypeswrong/cli', 'dist/index.js')
  // Throws with what it says, if it finds anything.
  execFileSync(process.execPath, [program, packed.tarball, '--profile', 'esm-only', '--no-color'], { encoding: 'utf8' })
})

test('it holds what users need, and nothing else', () => {
  const needed = entries.flatMap(({ script, types }) => [script, types])
  const script = ['dist/holdfast.global.js', 'dist/holdfast.global.js.map']
  const pages = ['README.md', 'LICENSE', 'PROTOCOL.md', 'CHANGELOG.md', 'SECURITY.md', 'package.json']
  expect(files).toEqual(expect.arrayContaining([...needed, ...script, ...pages]))
  const expected = /^(dist\/.*\.(js|js\.map|d\.ts)|docs\/.*\.(md|svg|png))$/
  expect(files.filter((file) => !expected.test(file) && !pages.includes(file))).toEqual([])
})

test('every module is reached from an entry', () => {
  const reached = new Set(entries.flatMap(({ script }) => [...reachOf(packed.unpacked, script).modules]))
  const modules = files.filter((file) => file.endsWith('.js') && file !== 'dist/holdfast.global.js')
  expect(modules.filter((module) => !reached.has(module))).toEqual([])
})

test('source maps hold their sources, which are not in the package', () => {
  const maps = files.filter((file) => file.endsWith('.map'))
  expect(maps).toEqual(expect.arrayContaining(entries.map(({ script }) => `${script}.map`)))
  for (const file of maps) {
    const { sources, sourcesContent, names, mappings } = JSON.parse(read(file))
    expect({ file, without: sources.filter((_: string, index: number) => !sourcesContent?.[index]) }).toEqual({
      file,
      without: [],
    })
    expect({ file, names: Array.isArray(names), mappings: typeof mappings }).toEqual({
      file,
      names: true,
      mappings: 'string',
    })
    // No path of the machine on which it was built.
    expect(sources.filter((source: string) => !/^(\.\.\/)+(src|node_modules)\//.test(source))).toEqual([])
    const script = file.replace(/\.map$/, '')
    expect(read(script)).toContain(`//# sourceMappingURL=${posix.basename(file)}`)
  }
})

test('what its first pages link to is in the package, or is for those who work on it', () => {
  for (const page of files.filter((file) => /^[A-Z]+\.md$/.test(file))) {
    const targets = [...read(page).matchAll(/\]\(([^)#\s]+)/g)].map(([, target = '']) => target)
    const here = targets.filter((target) => !/^(https?:|examples\/|src\/|test\b|CONTRIBUTING\.md)/.test(target))
    const missing = here.filter((target) => !files.some((file) => file === target || file.startsWith(`${target}/`)))
    expect({ page, missing }).toEqual({ page, missing: [] })
  }
})

test('Node imports the client, and the server without ws', () => {
  expect(existsSync(join(packed.folder, 'node_modules/ws'))).toBe(false)
  expect(packed.run("import * as all from 'holdfast'; console.log(Object.keys(all).sort().join(' '))")).toBe(
    'HoldfastError connect longPoll plain sse tabs websocket',
  )
  expect(packed.run("import { connect } from 'holdfast/core'; console.log(typeof connect)")).toBe('function')
  expect(packed.run("import { createHub } from 'holdfast/server'; console.log(typeof createHub)")).toBe('function')
})

describe.each(entries.map((entry) => ({ ...entry, needed: packagesOf(entry) })))(
  '$name',
  ({ name, script, needed }) => {
    const names = `import * as all from '${name}'; console.log(Object.keys(all).length)`

    test(needed.length > 0 ? `needs ${needed}, and says so` : 'needs nothing else', () => {
      if (needed.length > 0) expect(() => packed.run(names)).toThrow(`Cannot find package '${needed[0]}'`)
      packed.link(...needed)
      expect(Number(packed.run(names))).toBeGreaterThan(0)
    })

    // The packages that it uses are imported first: what they do is theirs.
    test('does no work on import, and touches nothing', () => {
      const code = `
      for (const name of ${JSON.stringify([...reachOf(root, script).outside])}) await import(name)
      const touched = []
      for (const name of ${JSON.stringify(platform)}) {
        const { value } = Object.getOwnPropertyDescriptor(globalThis, name) ?? {}
        Object.defineProperty(globalThis, name, { get() { touched.push(name); return value }, configurable: true })
      }
      const before = process.getActiveResourcesInfo()
      await import('${name}')
      console.log(JSON.stringify({ touched, left: process.getActiveResourcesInfo().length - before.length }))`
      expect(JSON.parse(packed.run(code))).toEqual({ touched: [], left: 0 })
    })
  },
)

test('the script is one classic script that defines one global', () => {
  const script = read('dist/holdfast.global.js')
  // The compile hint counts only where it stands first.
  expect(script).toMatch(/^\/\/# allFunctionsCalledOnLoad\nvar Holdfast=/)
  const names = new Function(`${script}; return Object.keys(Holdfast).sort()`)()
  expect(names).toEqual(['HoldfastError', 'connect', 'longPoll', 'plain', 'sse', 'tabs', 'websocket'])
})

test('one runtime dependency; all else only for those who want it', () => {
  const { peerDependenciesMeta } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'))
  expect(dependencies).toEqual(['eventsource-parser'])
  expect(peerDependenciesMeta).toEqual(Object.fromEntries(peers.map((name) => [name, { optional: true }])))
})

test('no declaration imports a file that is not there', () => {
  for (const types of files.filter((file) => file.endsWith('.d.ts'))) {
    const targets = [...read(types).matchAll(/(?:from|import\()\s*['"](\.[^'"]+)['"]/g)].map(([, target = '']) =>
      posix.join(posix.dirname(types), target).replace(/\.js$/, '.d.ts'),
    )
    expect({ types, missing: targets.filter((target) => !files.includes(target)) }).toEqual({ types, missing: [] })
  }
})
