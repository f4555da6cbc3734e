import { execFileSync } from 'node:child_process'
import { cpSync, existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, symlinkSync } from 'node:fs'
import { createRequire } from 'node:module'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { publint } from 'publint'
import { formatMessage } from 'publint/utils'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { root } from './source-graph.js'

// What npm would publish, looked at from outside. It is built by now (`npm ci` builds, and so does the gate).
let folder: string
let tarball: string

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'holdfast-'))
  // Without scripts: they would build dist anew while other tests load it.
  execFileSync('npm', ['pack', '--ignore-scripts', '--silent', '--pack-destination', folder], {
    cwd: root,
    shell: process.platform === 'win32',
  })
  tarball = join(folder, readdirSync(folder).find((name) => name.endsWith('.tgz')) ?? 'no tarball')
  mkdirSync(join(folder, 'node_modules'))
  execFileSync('tar', ['-xzf', tarball, '-C', folder])
  cpSync(join(folder, 'package'), join(folder, 'node_modules/holdfast'), { recursive: true })
  link('eventsource-parser')
})
afterAll(() => rmSync(folder, { recursive: true, force: true }))

/** Puts a package of ours into the project of the imagined user. */
function link(name: string) {
  symlinkSync(join(root, 'node_modules', name), join(folder, 'node_modules', name), 'junction')
}

/** What a program prints that lives in that project. */
function run(code: string) {
  const options = { cwd: folder, encoding: 'utf8', stdio: 'pipe' } as const
  return execFileSync(process.execPath, ['--input-type=module', '-e', code], options).trim()
}

test('publint has nothing to say', async () => {
  const file = readFileSync(tarball)
  const buffer = file.buffer.slice(file.byteOffset, file.byteOffset + file.byteLength)
  const { messages, pkg } = await publint({ pack: { tarball: buffer }, strict: true })
  expect(messages.map((message) => formatMessage(message, pkg, { color: false }))).toEqual([])
})

test('are the types wrong? No', () => {
  const cli = join(
    dirname(createRequire(import.meta.url).resolve('@arethetypeswrong/cli/package.json')),
    'dist/index.js',
  )
  // Throws with what it says, if it finds anything.
  execFileSync(process.execPath, [cli, tarball, '--profile', 'esm-only', '--no-color'], { encoding: 'utf8' })
})

test('it holds what users need, and no sources or tests', () => {
  const files = readdirSync(join(folder, 'package'), { recursive: true, encoding: 'utf8' })
  const needed = [
    'index',
    'core',
    'server/index',
    'server/redis/index',
    'testing/index',
    'bindings/react',
    'bindings/vue',
    'bindings/svelte',
  ].flatMap((name) => [`dist/${name}.js`, `dist/${name}.d.ts`])
  const script = ['dist/holdfast.global.js', 'dist/holdfast.global.js.map']
  expect(files).toEqual(
    expect.arrayContaining([...needed, ...script, 'README.md', 'LICENSE', 'PROTOCOL.md', 'CHANGELOG.md']),
  )
  expect(files.filter((file) => /^(src|test|examples|bench)\b/.test(file))).toEqual([])
})

test('Node imports every entry, the server too, without ws', () => {
  expect(existsSync(join(folder, 'node_modules/ws'))).toBe(false)
  expect(run("import * as all from 'holdfast'; console.log(Object.keys(all).sort().join(' '))")).toBe(
    'HoldfastError connect longPoll plain sse tabs websocket',
  )
  expect(run("import { connect } from 'holdfast/core'; console.log(typeof connect)")).toBe('function')
  expect(run("import { createHub } from 'holdfast/server'; console.log(typeof createHub)")).toBe('function')
})

test('the history in Redis needs redis, and nobody else does', () => {
  const code = "import { redisHistory } from 'holdfast/server/redis'; console.log(typeof redisHistory)"
  expect(() => run(code)).toThrow(/Cannot find package 'redis'/)
  link('redis')
  expect(run(code)).toBe('function')
})

test('a binding needs its framework, and no other', () => {
  for (const name of ['react', 'vue', 'svelte']) {
    const code = `import * as all from 'holdfast/${name}'; console.log(Object.keys(all).length)`
    expect(() => run(code)).toThrow(new RegExp(`Cannot find package '${name}'`))
    link(name)
    expect(Number(run(code))).toBeGreaterThan(3)
  }
})

test('importing the client does no work and touches nothing', () => {
  const code = `
    const touched = []
    for (const name of ['fetch', 'WebSocket', 'BroadcastChannel', 'setTimeout', 'crypto', 'navigator']) {
      Object.defineProperty(globalThis, name, { get() { touched.push(name) }, configurable: true })
    }
    await import('holdfast')
    console.log(JSON.stringify(touched))`
  expect(run(code)).toBe('[]')
})

test('the script is one classic script that defines one global', () => {
  const script = readFileSync(join(root, 'dist/holdfast.global.js'), 'utf8')
  expect(script).toMatch(/^var Holdfast=/)
  expect(script).toContain('//# sourceMappingURL=holdfast.global.js.map')
  const names = new Function(`${script}; return Object.keys(Holdfast).sort()`)()
  expect(names).toEqual(['HoldfastError', 'connect', 'longPoll', 'plain', 'sse', 'tabs', 'websocket'])
})

test('one runtime dependency, and all others only for those who want them', () => {
  const { dependencies, peerDependencies, peerDependenciesMeta } = JSON.parse(
    readFileSync(join(root, 'package.json'), 'utf8'),
  )
  expect(Object.keys(dependencies)).toEqual(['eventsource-parser'])
  expect(Object.keys(peerDependencies)).toEqual(['msw', 'react', 'redis', 'svelte', 'vue', 'ws'])
  expect(peerDependenciesMeta).toEqual(
    Object.fromEntries(Object.keys(peerDependencies).map((name) => [name, { optional: true }])),
  )
})

test('the README names commands that exist', () => {
  const { scripts } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'))
  const named = [...readFileSync(join(root, 'README.md'), 'utf8').matchAll(/^npm (?:run )?(start|test|[a-z:]+)/gm)].map(
    ([, name]) => name,
  )
  expect(named).toEqual(expect.arrayContaining(['start', 'test']))
  expect(named.filter((name) => name !== 'install' && name !== 'ci' && !(String(name) in scripts))).toEqual([])
})
