import { posix } from 'node:path'
import type { Block, Document } from './documents.js'

// What a document shows as code, as programs for the compiler.
//
// A block that imports something, or that names its file in a comment of its first line, begins a program. One that does
// neither goes on with the program before it in the same document, and sees what stands there. In HTML, Vue and Svelte it is
// the scripts that are checked, each alone.

export interface Program {
  /** Where it is written, below a folder of the document's own. */
  readonly file: string
  /** The code, each line on the line on which it stands in the document. */
  readonly code: string
}

const extensions: Readonly<Record<string, string>> = {
  ts: 'ts',
  typescript: 'ts',
  tsx: 'tsx',
  js: 'js',
  javascript: 'js',
  mjs: 'js',
  jsx: 'jsx',
}
const markup = ['html', 'vue', 'svelte']

/** Languages in which a document may show something that is no program. */
export const others = [
  '',
  'sh',
  'bash',
  'json',
  'nginx',
  'haproxy',
  'http',
  'text',
  'css',
  'diff',
  'ini',
  'yaml',
  'conf',
]
export const languages: readonly string[] = [...Object.keys(extensions), ...markup, ...others]

export function programsOf(document: Document): Program[] {
  const programs: { file: string; blocks: Block[] }[] = []
  const add = (file: string, block: Block) => {
    const taken = programs.some((program) => program.file === file)
    programs.push({ file: taken ? `line-${block.line}.${file.split('.').at(-1)}` : file, blocks: [block] })
  }
  for (const block of document.blocks) {
    for (const script of scriptsIn(block)) {
      const extension = extensions[script.language] ?? 'js'
      const named = fileNamed(script.code)
      const file = named ?? `line-${script.line}.${extension}`
      const last = programs.findLast((program) => program.file.endsWith(`.${extension}`))
      const begins = named !== undefined || imports(script.code) || script !== block
      if (begins || last === undefined) add(file, script)
      else last.blocks.push(script)
    }
  }
  return programs.map(({ file, blocks }) => ({ file, code: codeOf(blocks) }))
}

const imports = (code: string) => /^\s*import\b(?!\()/m.test(code)

/** `// store.ts`, alone in the first line. */
function fileNamed(code: string): string | undefined {
  const name = /^\/\/ ([\w./-]+\.(?:ts|tsx|js|mjs|jsx))\s*\n/.exec(code)?.[1]
  return name === undefined ? undefined : posix.normalize(name)
}

/** A block of code itself; of markup the scripts in it. */
function scriptsIn(block: Block): Block[] {
  if (block.language in extensions) return [block]
  if (!markup.includes(block.language)) return []
  return [...block.code.matchAll(/<script([^>]*)>([\s\S]*?)<\/script>/g)]
    .filter(([, , code = '']) => code.trim() !== '')
    .map((script) => {
      const [whole, attributes = '', code = ''] = script
      const before = block.code.slice(0, script.index + whole.indexOf('>'))
      return {
        language: /lang="tsx?"/.test(attributes) ? 'ts' : 'js',
        // The code begins behind the tag, in the tag's own line.
        line: block.line + before.split('\n').length - 1,
        code,
      }
    })
}

/** A later block is a scope within the one before, so that it may name its own things as that did. */
function codeOf(blocks: readonly Block[]): string {
  const lines: string[] = []
  for (const [index, block] of blocks.entries()) {
    while (lines.length < block.line) lines.push('')
    if (index > 0) lines[block.line - 1] = '{'
    lines.push(...block.code.split('\n'))
  }
  return `${lines.join('\n')}\n${'}'.repeat(blocks.length - 1)}\nexport {}\n`
}
