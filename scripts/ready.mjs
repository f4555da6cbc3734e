// node scripts/ready.mjs [--build] <script> [arguments]
//
// Makes a checkout ready, however fresh it is, and runs a script in it with the Node of the project. With --build what the
// script finds in dist is that of the sources as they are now. This file itself
// runs on any Node from version 20 on and needs nothing installed: it stands behind `npm start` and `npm test`.
import { spawn } from 'node:child_process'
import { existsSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { isInstalled, npm } from './install.mjs'

const root = join(dirname(fileURLToPath(import.meta.url)), '..')

if (Number.parseInt(process.versions.node, 10) < 20) {
  console.error(`Holdfast needs Node 20 or newer to set itself up; this is ${process.version}.`)
  process.exit(1)
}
const fromNothing = !isInstalled(root)
// It builds as well (`prepare`). Audits and advertisements would only slow it.
if (fromNothing) npm(root, 'ci', '--no-audit', '--no-fund')

const wantsBuild = process.argv[2] === '--build'
if (wantsBuild && !fromNothing) npm(root, 'run', 'build', '--silent')

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
