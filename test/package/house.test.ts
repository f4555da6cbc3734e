import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { cycles, floorOf, type Import, importsOfSource, root, sourceFiles } from './source-graph.js'

// The house has floors, and one staircase: only the composition root knows two of them.

/** What every floor may know: the words that all speak. None of these imports a floor. */
const vocabulary = ['types.ts', 'errors.ts', 'constants.ts', 'seams.ts', 'validate.ts']

/** Which other floors a floor may know, beside kit/. */
const neighbours: Record<string, readonly string[]> = {
  kit: [],
  transports: [],
  protocols: [],
  session: [],
  sharing: [],
  server: ['protocols'],
  testing: ['server', 'protocols'],
  bindings: [],
  eventsource: ['transports', 'protocols'],
}

/** What the bindings to frameworks may know: the doors that their users come in by, and nothing behind them. */
const connecting = ['connect.ts', 'connect-any.ts', 'options.ts']

/** Each binding is one file, and that file alone knows its framework. */
const frameworks: Record<string, string> = {
  react: 'bindings/react.ts',
  vue: 'bindings/vue.ts',
  svelte: 'bindings/svelte.ts',
  'svelte/store': 'bindings/svelte.ts',
}

/** The composition root, with the default transports beside it, and the doors, which only export. */
const composition = ['connect.ts', 'connect-any.ts', 'tabs.ts']
const doors = ['index.ts', 'core.ts']

function isAllowed({ from, to }: Import): boolean {
  if (!to.endsWith('.ts')) return isAllowedPackage(from, to)
  const [here, there] = [floorOf(from), floorOf(to)]
  if (here === '') return true
  if (here === there) return true
  if (here === 'kit') return false
  if (here === 'bindings' && connecting.includes(to)) return true
  return there === 'kit' || vocabulary.includes(to) || (neighbours[here] ?? []).includes(there)
}

/** The client has one dependency, and nothing of Node; the server half has Node and ws, one folder of it redis; the mocked server msw. */
function isAllowedPackage(from: string, name: string): boolean {
  if (name in frameworks) return from === frameworks[name]
  if (name === 'redis') return from.startsWith('server/redis/')
  if (name === 'msw') return floorOf(from) === 'testing'
  return floorOf(from) === 'server' ? name === 'ws' || name.startsWith('node:') : name === 'eventsource-parser'
}

const imports = importsOfSource()
const say = ({ from, to }: Import) => `${from} imports ${to}`

describe('the house', () => {
  test('imports are seen', () => {
    expect(imports.map(say)).toContain('connect.ts imports session/session.ts')
    expect(imports.length).toBeGreaterThan(50)
  })

  test('no floor imports another', () => {
    expect(imports.filter((one) => !isAllowed(one)).map(say)).toEqual([])
  })

  test('what a preview page loads of the mocked server is nothing of Node', () => {
    const loaded = new Set(['testing/index.ts'])
    for (const file of loaded) for (const { from, to, erased } of imports) if (from === file && !erased) loaded.add(to)
    expect([...loaded].filter((name) => !name.endsWith('.ts'))).toEqual(['msw'])
    expect(loaded).toContain('server/connection.ts')
  })

  test('every floor has its rule', () => {
    const floors = new Set(sourceFiles('src').map(floorOf))
    expect([...floors].filter((floor) => floor !== '' && !(floor in neighbours))).toEqual([])
  })

  test('the composition root alone knows two floors', () => {
    const free = [...composition, ...doors]
    const upstairs = imports.filter(
      ({ from, to }) => floorOf(from) === '' && !['', 'kit'].includes(floorOf(to)) && to.includes('/'),
    )
    const known = Map.groupBy(upstairs, ({ from }) => from)
    const floors = [...known].map(([file, list]) => ({ file, floors: [...new Set(list.map(({ to }) => floorOf(to)))] }))
    expect(floors.filter(({ file, floors }) => !free.includes(file) && floors.length > 1)).toEqual([])
    expect(upstairs.filter(({ from }) => vocabulary.includes(from)).map(say)).toEqual([])
  })

  test('the doors only export', () => {
    for (const door of doors) {
      const code = readFileSync(join(root, 'src', door), 'utf8').replace(/\/\*[\s\S]*?\*\/|\/\/.*$/gm, '')
      expect(
        code.split(/\n(?=\S)/).filter((line) => line.trim() !== '' && !/^(export (type )?[*{]|\})/.test(line.trim())),
      ).toEqual([])
    }
  })

  test('no import goes in a circle', () => {
    expect(cycles(imports.filter(({ erased }) => !erased))).toEqual([])
  })

  test.each(['src', 'scripts', 'test', 'examples', 'bench'])('no file of %s is longer than 250 lines', (folder) => {
    const long = sourceFiles(folder)
      .filter((path) => !path.endsWith('.test.ts'))
      .map((path) => ({ path, lines: readFileSync(join(root, folder, path), 'utf8').split('\n').length - 1 }))
    expect(long.filter(({ lines }) => lines > 250)).toEqual([])
  })
})
