// A middlebox as a process of its own: `node test/support/middlebox/run.mjs <target URL>`. What it takes is described in program.ts,
// which is TypeScript, so esbuild reads it first.
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath, pathToFileURL } from 'node:url'
import { build } from 'esbuild'

const root = fileURLToPath(new URL('../../..', import.meta.url))
const cache = join(root, 'node_modules', '.cache')
mkdirSync(cache, { recursive: true })
const folder = mkdtempSync(join(cache, 'middlebox-'))
process.on('exit', () => rmSync(folder, { recursive: true, force: true }))

const outfile = join(folder, 'program.mjs')
const entry = fileURLToPath(new URL('program.ts', import.meta.url))
await build({ entryPoints: [entry], outfile, bundle: true, platform: 'node', format: 'esm' })
const { main } = await import(pathToFileURL(outfile).href)
process.exit(await main())
