import { execFileSync } from 'node:child_process'
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, symlinkSync } from 'node:fs'
import { createRequire } from 'node:module'
import { tmpdir } from 'node:os'
import { dirname, join, posix } from 'node:path'
import { root } from './source-graph.js'

// What npm would publish, in the project of an imagined user. It is built by now: `npm ci` builds, and so does the gate.

export interface Packed {
  /** The user's project: an own folder, with Holdfast in its node_modules. */
  readonly folder: string
  readonly tarball: string
  /** Where Holdfast is unpacked. */
  readonly unpacked: string
  /** Puts packages of ours into the project, as if the user had installed them. */
  link(...names: string[]): void
  /** What a program prints that lives in the project. */
  run(code: string): string
  remove(): void
}

export function pack(): Packed {
  const folder = mkdtempSync(join(tmpdir(), 'holdfast-'))
  // Without scripts: they would build dist anew while other tests load it.
  execFileSync('npm', ['pack', '--ignore-scripts', '--silent', '--pack-destination', folder], {
    cwd: root,
    shell: process.platform === 'win32',
  })
  const tarball = join(folder, readdirSync(folder).find((name) => name.endsWith('.tgz')) ?? 'no tarball')
  const unpacked = join(folder, 'node_modules/holdfast')
  mkdirSync(unpacked, { recursive: true })
  execFileSync('tar', ['-xzf', tarball, '-C', unpacked, '--strip-components', '1'])
  return {
    folder,
    tarball,
    unpacked,
    link(...names) {
      for (const name of names) {
        const place = join(folder, 'node_modules', name)
        mkdirSync(dirname(place), { recursive: true })
        symlinkSync(join(root, 'node_modules', name), place, 'junction')
      }
    },
    run(code) {
      const options = { cwd: folder, encoding: 'utf8', stdio: 'pipe' } as const
      return execFileSync(process.execPath, ['--input-type=module', '-e', code], options).trim()
    },
    remove: () => rmSync(folder, { recursive: true, force: true }),
  }
}

export interface Entry {
  /** What a user imports: `holdfast/server`. */
  readonly name: string
  /** Relative to the package, with slashes: `dist/server/index.js`. */
  readonly script: string
  readonly types: string
}

const manifest = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as {
  name: string
  exports: Record<string, string | { types: string; default: string }>
  dependencies: Record<string, string>
  peerDependencies: Record<string, string>
}

/** Every way in, as package.json has it: a new one is tested by being there. */
export const entries: readonly Entry[] = Object.entries(manifest.exports).flatMap(([key, target]) =>
  typeof target === 'string'
    ? []
    : [
        {
          name: posix.join(manifest.name, key),
          script: posix.normalize(target.default),
          types: posix.normalize(target.types),
        },
      ],
)

export const peers: readonly string[] = Object.keys(manifest.peerDependencies)
export const dependencies: readonly string[] = Object.keys(manifest.dependencies)

/** What a module of the package imports, itself or by others of the package. */
export interface Reach {
  /** Modules of the package, as `Entry.script` names them; itself too. */
  readonly modules: ReadonlySet<string>
  /** What is outside: `node:http`, `svelte/store`. */
  readonly outside: ReadonlySet<string>
}

export function reachOf(unpacked: string, script: string): Reach {
  const modules = new Set<string>()
  const outside = new Set<string>()
  const walk = (module: string) => {
    if (modules.has(module)) return
    modules.add(module)
    const code = readFileSync(join(unpacked, module), 'utf8')
    for (const [, target = ''] of code.matchAll(/^\s*(?:import|export)\b[^'"]*?['"]([^'"]+)['"]/gm)) {
      if (target.startsWith('.')) walk(posix.join(posix.dirname(module), target))
      else outside.add(target)
    }
  }
  walk(script)
  return { modules, outside }
}

/** The path of a package's program, for packages that do not export it. */
export function programOf(name: string, path: string): string {
  return join(dirname(createRequire(import.meta.url).resolve(`${name}/package.json`)), path)
}
