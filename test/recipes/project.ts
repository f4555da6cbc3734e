import { execFile } from 'node:child_process'
import { cp, mkdtemp, readdir, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { basename, join } from 'node:path'
import { promisify, stripVTControlCharacters } from 'node:util'
import { root } from '../package/source-graph.js'

/** A project that has installed the package. */
export interface Project {
  readonly folder: string
  /** What one of its scripts says, without colours. @throws {Error} that holds all of it, where the script fails */
  run(script: string): Promise<string>
}

/** The packed checkout, and projects that install it. */
export interface Registry {
  /** Copies a project and installs what it needs, the package as it was packed among it. */
  install(project: string): Promise<Project>
  remove(): Promise<void>
}

const AT_ONCE = 2

export async function startRegistry(): Promise<Registry> {
  const folder = await mkdtemp(join(tmpdir(), 'holdfast-recipes-'))
  // Without scripts: they would build dist anew while other tests load it.
  await npm(root, 'pack', '--ignore-scripts', '--silent', '--pack-destination', folder)
  const tarball = join(folder, (await readdir(folder)).find((name) => name.endsWith('.tgz')) ?? 'no tarball')
  return {
    async install(project) {
      const own = join(folder, basename(project))
      await cp(project, own, { recursive: true, filter: (path) => basename(path) !== 'node_modules' })
      await npm(own, 'install', '--no-audit', '--no-fund', '--no-package-lock', '--prefer-offline', tarball)
      return { folder: own, run: (script) => npm(own, 'run', script) }
    },
    remove: () => rm(folder, { recursive: true, force: true }),
  }
}

let running = 0
const waiting: (() => void)[] = []

/** Runs npm as a user does, of whom this test run knows nothing; a few at a time. */
async function npm(cwd: string, ...given: string[]): Promise<string> {
  if (running >= AT_ONCE) await new Promise<void>((resolve) => waiting.push(resolve))
  running += 1
  const env = Object.fromEntries(
    Object.entries(process.env).filter(([name]) => !/^(VITEST|NODE_ENV|npm_|JEST)/.test(name)),
  )
  try {
    const { stdout, stderr } = await promisify(execFile)('npm', given, {
      cwd,
      env: { ...env, CI: 'true', NO_COLOR: '1' },
      shell: process.platform === 'win32',
      maxBuffer: 10_000_000,
    })
    return stripVTControlCharacters(stdout + stderr)
  } catch (error) {
    const { stdout, stderr } = Object.assign({ stdout: '', stderr: '' }, error)
    throw new Error(`npm ${given.join(' ')} failed in ${basename(cwd)}:\n${stripVTControlCharacters(stdout + stderr)}`)
  } finally {
    running -= 1
    waiting.shift()?.()
  }
}
