import { mkdirSync, mkdtempSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath, pathToFileURL } from 'node:url'
import { build } from 'esbuild'

const root = fileURLToPath(new URL('../..', import.meta.url))

/**
 * A program that is TypeScript, with all that it imports, for Node as it is: esbuild reads it first.
 * @param {URL} entry
 * @returns {Promise<{ main(...given: unknown[]): Promise<number> }>}
 */
export async function importTypeScript(entry) {
  // Inside node_modules, so that the bundle finds the packages that it leaves outside.
  const cache = join(root, 'node_modules', '.cache')
  mkdirSync(cache, { recursive: true })
  const folder = mkdtempSync(join(cache, 'program-'))
  process.on('exit', () => rmSync(folder, { recursive: true, force: true }))
  const outfile = join(folder, 'program.mjs')
  const entryPoints = [fileURLToPath(entry)]
  await build({ entryPoints, outfile, bundle: true, platform: 'node', format: 'esm', packages: 'external' })
  return import(pathToFileURL(outfile).href)
}
