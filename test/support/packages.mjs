// Programs of this machine, and Debian's packages that hold them. Plain JavaScript: test/run.mjs needs it as it is.
import { spawnSync } from 'node:child_process'
import { accessSync, constants } from 'node:fs'
import { delimiter, join } from 'node:path'

/** Where package managers put what only an administrator has on the PATH. */
const places = ['/usr/sbin', '/usr/local/sbin', '/sbin', '/opt/homebrew/bin', '/usr/local/bin']

/**
 * @param {string[]} names of programs, the preferred one first
 * @returns {string | undefined} the path of the first that is there
 */
export function onPath(names) {
  const folders = [...(process.env.PATH ?? '').split(delimiter), ...places]
  const suffixes = process.platform === 'win32' ? ['.exe'] : ['']
  return names
    .flatMap((name) => folders.flatMap((folder) => suffixes.map((suffix) => join(folder, name + suffix))))
    .find(isExecutable)
}

/** @param {string} path */
export function isExecutable(path) {
  try {
    accessSync(path, constants.X_OK)
    return true
  } catch {
    return false
  }
}

const sudo = process.getuid?.() === 0 ? [] : ['sudo', '-n']

/** Whether packages can be installed with apt-get here. */
export function mayInstallPackages() {
  return onPath(['apt-get']) !== undefined && run([...sudo, 'true'], 'ignore')
}

/** @param {string[]} packages of Debian or Ubuntu */
export function installPackages(packages) {
  const apt = [...sudo, 'env', 'DEBIAN_FRONTEND=noninteractive', 'apt-get']
  run([...apt, 'update', '-q'])
  run([...apt, 'install', '-q', '-y', '--no-install-recommends', ...packages])
}

/**
 * @param {string[]} command
 * @param {'inherit' | 'ignore'} output
 * @returns {boolean} whether it ended well
 */
export function run([file = '', ...args], output = 'inherit') {
  return spawnSync(file, args, { stdio: ['ignore', output, output] }).status === 0
}
