// Runs the fault suite: `npm run test:faults -- --help`. It is TypeScript, so esbuild reads it first.
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath, pathToFileURL } from 'node:url'
import { build } from 'esbuild'

const root = fileURLToPath(new URL('../..', import.meta.url))
// Inside node_modules, so that the bundle finds the packages that it leaves outside.
const cache = join(root, 'node_modules', '.cache')
mkdirSync(cache, { recursive: true })
const folder = mkdtempSync(join(cache, 'faults-'))
process.on('exit', () => rmSync(folder, { recursive: true, force: true }))

const outfile = join(folder, 'cli.mjs')
const entry = fileURLToPath(new URL('cli.ts', import.meta.url))
await build({ entryPoints: [entry], outfile, bundle: true, platform: 'node', format: 'esm', packages: 'external' })
const { main } = await import(pathToFileURL(outfile).href)
process.exit(await main(root, process.argv.slice(2)))
