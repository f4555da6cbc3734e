// Installs what a package-lock.json asks for. Like scripts/ready.mjs it runs on any Node from version 20 on, and needs nothing installed.
import { spawnSync } from 'node:child_process'
import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'

/**
 * Whether node_modules holds what package-lock.json asks for. npm writes down what it has installed when it is done: an
 * installation that was broken off counts as none.
 * @param {string} folder
 */
export function isInstalled(folder) {
  const written = join(folder, 'node_modules', '.package-lock.json')
  if (!existsSync(written)) return false
  const wanted = JSON.parse(readFileSync(join(folder, 'package-lock.json'), 'utf8')).packages
  const installed = JSON.parse(readFileSync(written, 'utf8')).packages
  return Object.entries(wanted).every(
    // Optional ones are those of other platforms, most of them.
    ([path, { version, optional }]) => path === '' || optional || installed[path]?.version === version,
  )
}

/**
 * Ends this process where npm fails.
 * @param {string} folder
 * @param {string[]} args of npm
 */
export function npm(folder, ...args) {
  console.log(`Setting up: npm ${args.join(' ')}`)
  // npm says where it is itself, if it runs us.
  const path = process.env.npm_execpath
  const [file, ...before] = path ? [process.execPath, path] : ['npm']
  const { status } = spawnSync(file, [...before, ...args, '--loglevel=error'], {
    cwd: folder,
    stdio: ['ignore', 'inherit', 'inherit'],
    shell: !path && process.platform === 'win32',
  })
  if (status === 0) return
  console.error(`npm ${args[0]} failed; its own words are above.`)
  process.exit(1)
}
