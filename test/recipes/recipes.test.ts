import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { root } from '../package/source-graph.js'
import { type Registry, startRegistry } from './project.js'

// The recipes of docs/unit-testing.md, each as a user has it: a project of its own that installs the package as npm would
// publish it, and runs its own tests. It is built by now (`npm ci` builds, and so does the gate).

/** What each runner says when so many tests have passed. */
const recipes = [
  { name: 'vitest-happy-dom', passed: /Tests\s+(\d+) passed \(\1\)/ },
  { name: 'vitest-jsdom', passed: /Tests\s+(\d+) passed \(\1\)/ },
  { name: 'jest-jsdom', passed: /Tests:\s+(\d+) passed, \1 total/ },
  { name: 'node-test', passed: /pass (\d+)\n.*fail 0/ },
]

let registry: Registry
beforeAll(async () => {
  registry = await startRegistry()
}, 60_000)
afterAll(() => registry.remove())

// Installing waits for the network, and running for the processor: two at a time are faster than one.
describe.concurrent('a project of its own', { timeout: 240_000 }, () => {
  test.each(recipes)('$name', async ({ name, passed }) => {
    const project = registry.install(join(root, 'examples/unit-tests', name))
    const said = await (await project).run('test')
    expect(said).toMatch(passed)
    expect(Number(passed.exec(said)?.[1])).toBe(5)
  })
})

test('the page under test is the same in each', () => {
  const pages = [...recipes.map(({ name }) => name), 'preview'].map((name) =>
    readFileSync(join(root, 'examples/unit-tests', name, 'prices.js'), 'utf8'),
  )
  expect(new Set(pages).size).toBe(1)
})
