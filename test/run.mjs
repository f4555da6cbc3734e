// Everything that is checked, with one summary. `npm test` comes here by way of scripts/ready.mjs.
import { rmSync } from 'node:fs'
import { node, step, tally } from './gate/steps.mjs'
import { readVitest } from './gate/vitest-results.mjs'
import { browserNames, findBrowser, howToGet, installBrowsers, skippedBrowsers } from './support/browsers.mjs'
import { findService, howToGetService, installServices, serviceNames } from './support/services.mjs'

const started = performance.now()
const skipped = skippedBrowsers()

await step('browsers', async () => {
  const wanted = browserNames.filter((name) => !skipped.includes(name))
  const missing = wanted.filter((name) => findBrowser(name) === undefined)
  if (missing.length > 0) {
    console.log(`Installing ${missing.join(', ')}`)
    installBrowsers(missing)
  }
  const absent = missing.filter((name) => findBrowser(name) === undefined)
  for (const name of wanted) console.log(findBrowser(name)?.path ?? howToGet(name))
  return absent.length === 0
})
await step('servers beside ours', async () => {
  const missing = serviceNames.filter((name) => findService(name) === undefined)
  if (missing.length > 0) {
    console.log(`Installing ${missing.join(', ')}`)
    installServices(missing)
  }
  for (const name of serviceNames) console.log(findService(name) ?? howToGetService(name))
  return serviceNames.every((name) => findService(name) !== undefined)
})
for (const name of skipped) {
  console.log(`SKIPPED: all tests in ${name}, because SKIP_BROWSERS says so.`)
  tally.skipped++
}

await step('lint and format', () => node('@biomejs/biome/bin/biome', 'check', '--error-on-warnings', '.'))
await step('types of src', () => node('typescript/bin/tsc', '-p', '.', '--noEmit'))
await step('types of test', () => node('typescript/bin/tsc', '-p', 'test'))
await step('types of bench', () => node('typescript/bin/tsc', '-p', 'bench'))
await step('build', async () => {
  rmSync('dist', { recursive: true, force: true })
  return (
    (await node('rollup/dist/bin/rollup', '-c', '--silent')) &&
    (await node('typescript/bin/tsc', '-p', '.', '--emitDeclarationOnly'))
  )
})
await step('types that must not compile', () => node('typescript/bin/tsc', '-p', 'test/types'))
await step('sizes', async () => {
  const { measureSizes, sizeTable } = await import('./package/sizes.mjs')
  const sizes = await measureSizes()
  console.log(sizeTable(sizes))
  return sizes.every(({ bytes, limit }) => limit === undefined || bytes <= limit)
})
// The API reference, and the hash of the script: `npm run documents` writes them.
await step('documents made of the code', () => node('../scripts/documents.mjs', '--check'))

const results = 'test/.artifacts/vitest.json'
rmSync(results, { force: true })
const reporters = ['--reporter=default', '--reporter=json', `--outputFile.json=${results}`]
console.log('\n== tests (vitest)')
const clean = await node('vitest/vitest.mjs', 'run', ...reporters)
readVitest(results, clean)

console.log(`\n${((performance.now() - started) / 1000).toFixed(0)} s`)
for (const failure of tally.failures) console.log(`FAILED: ${failure}`)
const { passed, failed } = tally
console.log(`${passed} passed, ${failed} failed${tally.skipped > 0 ? `, ${tally.skipped} skipped` : ''}`)
process.exitCode = failed > 0 || passed === 0 ? 1 : 0
