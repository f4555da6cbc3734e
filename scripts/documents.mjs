// npm run documents [-- --check]
//
// Writes into the documents what they take from the code: the API reference (docs/api), and the hash of the script for a
// script tag. With --check nothing is written, and what is not as it would be written is named.
import { createHash } from 'node:crypto'
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { cp } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { isInstalled, npm } from './install.mjs'

const root = join(dirname(fileURLToPath(import.meta.url)), '..')
const tools = join(root, 'scripts/reference')
const reference = join(root, 'docs/api')
const page = join(root, 'docs/getting-started.md')
const check = process.argv.includes('--check')

if (!isInstalled(tools)) npm(tools, 'ci', '--no-audit', '--no-fund')
const { writeReference } = await import('./reference/reference.mjs')

const fresh = mkdtempSync(join(tmpdir(), 'holdfast-reference-'))
process.on('exit', () => rmSync(fresh, { recursive: true, force: true }))
const problems = await writeReference(root, fresh)

/** @param {string} folder */
function filesIn(folder) {
  if (!existsSync(folder)) return []
  return readdirSync(folder, { recursive: true, encoding: 'utf8' }).filter((file) =>
    statSync(join(folder, file)).isFile(),
  )
}

/** The page with the script's version and hash as they are. */
function withHash() {
  const { version } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'))
  const script = readFileSync(join(root, 'dist/holdfast.global.js'))
  const hash = createHash('sha384').update(script).digest('base64')
  return readFileSync(page, 'utf8')
    .replace(/holdfast@[^/]+(?=\/dist\/holdfast\.global\.js)/, `holdfast@${version}`)
    .replace(/(?<=integrity=")[^"]*/, `sha384-${hash}`)
}

if (check) {
  for (const file of new Set([...filesIn(fresh), ...filesIn(reference)])) {
    const [there, here] = [fresh, reference].map((folder) =>
      existsSync(join(folder, file)) ? readFileSync(join(folder, file), 'utf8') : undefined,
    )
    if (there !== here) problems.push(`docs/api/${file} is not what the doc comments say`)
  }
  if (withHash() !== readFileSync(page, 'utf8')) problems.push('docs/getting-started.md has the hash of another script')
  if (problems.length > 0) problems.push('npm run documents writes them anew.')
} else {
  rmSync(reference, { recursive: true, force: true })
  await cp(fresh, reference, { recursive: true })
  writeFileSync(page, withHash())
}
for (const problem of problems) console.error(problem)
process.exitCode = problems.length > 0 ? 1 : 0
