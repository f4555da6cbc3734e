// node scripts/ready.mjs [--build] <script> [arguments]
//
// Makes a checkout ready, however fresh it is, and runs a script in it with the Node of the project. With --build what the
// script finds in dist is that of the sources as they are now. This file itself
// runs on any Node from version 20 on and needs nothing installed: it stands behind `npm start` and `npm test`.
import { spawn, spawnSync } from 'node:child_process'
import { existsSync, readFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'

const root = join(dirname(fileURLToPath(import.meta.url)), '..')

/**
 * Whether node_modules holds what package-lock.json asks for. npm writes down what it has installed when it is done: an
 * installation that was broken off counts as none.
 */
function isInstalled() {
  const written = join(root, 'node_modules', '.package-lock.json')
  if (!existsSync(written)) return false
  const wanted = JSON.parse(readFileSync(join(root, 'package-lock.json'), 'utf8')).packages
  const installed = JSON.parse(readFileSync(written, 'utf8')).packages
  return Object.entries(wanted).every(
    // Optional ones are those of other platforms, most of them.
    ([path, { version, optional }]) => path === '' || optional || installed[path]?.version === version,
  )
}

/** @param {string[]} args of npm. Ends this process where npm fails. */
function npm(...args) {
  console.log(`Setting up: npm ${args.join(' ')}`)
  // npm says where it is itself, if it runs us.
  const path = process.env.npm_execpath
  const [file, ...before] = path ? [process.execPath, path] : ['npm']
  const { status } = spawnSync(file, [...before, ...args, '--loglevel=error'], {
    cwd: root,
    stdio: ['ignore', 'inherit', 'inherit'],
    shell: !path && process.platform === 'win32',
  })
  if (status === 0) return
  console.error(`npm ${args[0]} failed; its own words are above.`)
  process.exit(1)
}

if (Number.parseInt(process.versions.node, 10) < 20) {
  console.error(`Holdfast needs Node 20 or newer to set itself up; this is ${process.version}.`)
  process.exit(1)
}
const fromNothing = !isInstalled()
// It builds as well (`prepare`). Audits and advertisements would only slow it.
if (fromNothing) npm('ci', '--no-audit', '--no-fund')

const wantsBuild = process.argv[2] === '--build'
if (wantsBuild && !fromNothing) npm('run', 'build', '--silent')

const [script, ...args] = process.argv.slice(wantsBuild ? 3 : 2)
const node = join(root, 'node_modules', 'node', 'bin', process.platform === 'win32' ? 'node.exe' : 'node')
const child = spawn(existsSync(node) ? node : process.execPath, [script ?? '', ...args], {
  cwd: root,
  stdio: 'inherit',
})
// Ctrl-C reaches both; a signal to this process alone is handed on, so that no server stays behind.
for (const signal of /** @type {const} */ (['SIGINT', 'SIGTERM', 'SIGHUP'])) {
  process.on(signal, () => child.kill(signal))
}
child.on('exit', (code, signal) => process.exit(signal ? 1 : (code ?? 1)))
