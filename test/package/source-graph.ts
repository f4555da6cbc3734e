import { readdirSync, readFileSync } from 'node:fs'
import { dirname, join, posix } from 'node:path'
import { fileURLToPath } from 'node:url'

export const root: string = join(dirname(fileURLToPath(import.meta.url)), '../..')

export interface Import {
  /** Both relative to src, with `.ts`: `session/session.ts`. A package is its bare name. */
  readonly from: string
  readonly to: string
  /** Erased by the compiler: `import type` and `export type`. One with `type` at each name is not. */
  readonly erased: boolean
}

/** Every TypeScript or JavaScript file below a folder of the project, relative to that folder. */
export function sourceFiles(folder: string): string[] {
  return readdirSync(join(root, folder), { recursive: true, encoding: 'utf8' })
    .map((path) => path.replaceAll('\\', '/'))
    .filter((path) => /\.(ts|mts|js|mjs)$/.test(path) && !/(^|\/)(node_modules|dist|\.[^/]+)\//.test(path))
    .sort()
}

/** Who imports whom in src, in whatever way. */
export function importsOfSource(): Import[] {
  return sourceFiles('src').flatMap((from) => {
    const text = readFileSync(join(root, 'src', from), 'utf8')
    const statements = text.matchAll(/^\s*(?:import|export)\s+(type\s+)?(?:[\w*{}\s,]+?\s+from\s+)?'([^']+)'/gm)
    const expressions = text.matchAll(/\bimport\(\s*'([^']+)'\s*\)/g)
    return [
      ...[...statements].map(([, type, to]) => ({ from, to: resolve(from, to ?? ''), erased: type !== undefined })),
      // In a position of a type (`import('ws').WebSocket`) it is erased, but cannot be told apart by its looks alone.
      ...[...expressions].map(([, to]) => ({ from, to: resolve(from, to ?? ''), erased: true })),
    ]
  })
}

/** The folder of a file of src: `session`; of one at the top: `''`. */
export function floorOf(file: string): string {
  return file.includes('/') ? (file.split('/')[0] ?? '') : ''
}

/** Every cycle of files that a walk along the imports meets, as the list of its files. */
export function cycles(imports: readonly Import[]): string[][] {
  const next = Map.groupBy(imports, ({ from }) => from)
  const finished = new Set<string>()
  const found: string[][] = []
  const walk = (file: string, path: readonly string[]): void => {
    const at = path.indexOf(file)
    if (at >= 0) found.push([...path.slice(at), file])
    if (at >= 0 || finished.has(file)) return
    for (const { to } of next.get(file) ?? []) walk(to, [...path, file])
    finished.add(file)
  }
  for (const file of next.keys()) walk(file, [])
  return found
}

function resolve(from: string, to: string): string {
  if (!to.startsWith('.')) return to
  return posix.join(posix.dirname(from), to).replace(/\.js$/, '.ts')
}
