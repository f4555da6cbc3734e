import { execFile } from 'node:child_process'
import { mkdir, rm, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { root } from '../package/source-graph.js'
import type { Document } from './documents.js'
import { programsOf } from './programs.js'

const options = {
  extends: '../../../tsconfig.json',
  compilerOptions: {
    rootDir: '../../..',
    outDir: 'nowhere',
    noEmit: true,
    declaration: false,
    isolatedDeclarations: false,
    isolatedModules: false,
    verbatimModuleSyntax: false,
    noUnusedLocals: false,
    noUnusedParameters: false,
    allowJs: true,
    checkJs: true,
    skipLibCheck: true,
    // As bundlers resolve: what is shown is mostly code for pages.
    module: 'preserve',
    moduleResolution: 'bundler',
    jsx: 'react-jsx',
  },
  include: ['.', '../../documents/given'],
}

/** JavaScript does not say what its parameters are, nor what is in an event of a type that nobody declared, nor that an element is there. */
const notAskedOfJavaScript = ['TS7006', 'TS7031', 'TS7034', 'TS7005', 'TS18046', 'TS2571', 'TS18047', 'TS2531']

/**
 * Compiles all code of the documents against the built package.
 *
 * @param folder below test/.artifacts, which is written anew
 * @returns what the compiler has to say, by document: `12: Cannot find name 'live'.`
 */
export async function checkTypes(folder: string, documents: readonly Document[]): Promise<Map<string, string[]>> {
  const base = join(root, 'test/.artifacts', folder)
  await rm(base, { recursive: true, force: true })
  const folders = new Map(
    documents.map((document) => [document.path.replaceAll('/', '-').replace('.md', ''), document]),
  )
  for (const [name, document] of folders) {
    for (const { file, code } of programsOf(document)) {
      const path = join(base, name, file)
      await mkdir(dirname(path), { recursive: true })
      await writeFile(path, code)
    }
  }
  await mkdir(base, { recursive: true })
  await writeFile(join(base, 'tsconfig.json'), JSON.stringify(options))
  const problems = new Map<string, string[]>(documents.map(({ path }) => [path, []]))
  for (const line of (await compile(base)).split('\n')) {
    const [, file = '', at, code = '', message] = /^([^ ]+?)\((\d+),\d+\): error (TS\d+): (.*)/.exec(line) ?? []
    // A line that goes on with the one before is indented.
    if (message === undefined && (line.trim() === '' || line.startsWith(' '))) continue
    const [, name = '', rest = ''] = /\.artifacts\/[^/]+\/([^/]+)\/(.*)/.exec(file) ?? []
    // Of files that are no documents the gate asks elsewhere.
    if (/^(src|test\/(?!\.artifacts|documents))\b/.test(file)) continue
    const document = folders.get(name)
    if (document === undefined || message === undefined) throw new Error(`The compiler says: ${line}`)
    if (/\.jsx?$/.test(rest) && notAskedOfJavaScript.includes(code)) continue
    problems.get(document.path)?.push(`${at}: ${message} (${code})`)
  }
  for (const said of problems.values()) said.sort((one, other) => Number.parseInt(one, 10) - Number.parseInt(other, 10))
  return problems
}

function compile(folder: string): Promise<string> {
  const compiler = join(root, 'node_modules/typescript/bin/tsc')
  return new Promise((resolve) => {
    execFile(process.execPath, [compiler, '-p', folder, '--pretty', 'false'], { cwd: root }, (_error, output) => {
      resolve(output)
    })
  })
}
