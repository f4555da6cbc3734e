import { readFileSync } from 'node:fs'
import { join, posix } from 'node:path'
import { build } from 'esbuild'
import { describe, expect, test } from 'vitest'
import { dependencies, type Entry, entries, peers, reachOf } from './packed.js'
import { root } from './source-graph.js'

// A bundle holds what is imported, and what that needs; nothing of the others.

/** Of which of our modules a bundler takes something for this code. */
async function bundle(code: string): Promise<string[]> {
  const { metafile } = await build({
    stdin: { contents: code, resolveDir: root },
    bundle: true,
    minify: true,
    format: 'esm',
    platform: 'neutral',
    target: 'es2022',
    external: ['node:*', ...dependencies, ...peers],
    metafile: true,
    write: false,
  })
  const inputs = Object.values(metafile.outputs).flatMap(({ inputs }) => Object.entries(inputs))
  const modules = inputs.filter(([path, { bytesInOutput }]) => path.startsWith('dist/') && bytesInOutput > 0)
  return modules.map(([path]) => path)
}

/** What an entry exports, by name: the module in which it is made. */
function makersOf({ script }: Entry): [name: string, module: string][] {
  const code = readFileSync(join(root, script), 'utf8')
  return [...code.matchAll(/^export \{([^}]*)\}(?: from '([^']+)')?/gm)].flatMap(([, names = '', from]) =>
    names.split(',').map((name): [string, string] => {
      const module = from === undefined ? script : posix.join(posix.dirname(script), from)
      return [name.replace(/.* as /, '').trim(), module]
    }),
  )
}

/** What is an entry's own: the folder in which it lives, or its file alone where others live beside it. */
function isOf({ script }: Entry, module: string): boolean {
  const folder = posix.dirname(script)
  const alone = entries.filter((other) => posix.dirname(other.script) === folder).length === 1
  return module === script || (alone && module.startsWith(`${folder}/`))
}

/** The mocked server is made of the real one; the history in Redis lives in the server's folder. */
const knows: Readonly<Record<string, readonly string[]>> = {
  'holdfast/testing': ['holdfast/server'],
  'holdfast/server/redis': ['holdfast/server'],
}

describe.each(entries)('$name', (entry) => {
  const makers = makersOf(entry)

  test('exports something', () => {
    expect(makers.length).toBeGreaterThan(0)
  })

  test('a bundle of all of it holds nothing of other entries', async () => {
    const modules = await bundle(`export * from '${entry.name}'`)
    const others = entries.filter((other) => other !== entry && !knows[entry.name]?.includes(other.name))
    const foreign = others.flatMap((other) =>
      modules
        .filter((module) => isOf(other, module) && !isOf(entry, module))
        .map((module) => `${other.name}: ${module}`),
    )
    expect(foreign).toEqual([])
  })

  test('a bundle of one of its exports holds nothing of the others', async () => {
    for (const [name, maker] of makers) {
      const modules = await bundle(`export { ${name} } from '${entry.name}'`)
      const needed = reachOf(root, maker).modules
      expect({ name, more: modules.filter((module) => !needed.has(module)) }).toEqual({ name, more: [] })
    }
  })
})

test('what is left out is noticed', async () => {
  const modules = await bundle("export { sse } from 'holdfast/core'")
  expect(modules).toContain('dist/transports/sse.js')
  expect(modules).not.toContain('dist/transports/websocket.js')
  expect(await bundle("export { tabs } from 'holdfast'")).toContain('dist/sharing/group.js')
})
