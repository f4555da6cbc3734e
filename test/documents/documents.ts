import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { root } from '../package/source-graph.js'

// What is written for people: every Markdown file of the project, and what it is made of.

export interface Block {
  /** What stands behind the opening fence: `ts`. Empty where nothing does. */
  readonly language: string
  /** The line of the opening fence, from 1. */
  readonly line: number
  readonly code: string
}

export interface Link {
  readonly line: number
  readonly target: string
}

export interface Document {
  /** Relative to the project, with slashes. */
  readonly path: string
  readonly text: string
  readonly blocks: readonly Block[]
  readonly links: readonly Link[]
  /** What may stand behind a `#`: GitHub's names of the headings, and the ids that are written out. */
  readonly anchors: ReadonlySet<string>
}

const folders = ['docs', 'examples', 'bench']

function paths(): string[] {
  const below = folders.flatMap((folder) =>
    readdirSync(join(root, folder), { recursive: true, encoding: 'utf8' }).map((path) => `${folder}/${path}`),
  )
  return [...readdirSync(root), ...below]
    .map((path) => path.replaceAll('\\', '/'))
    .filter((path) => path.endsWith('.md') && !path.includes('node_modules/'))
    .sort()
}

export function readDocument(path: string, text: string): Document {
  const blocks: Block[] = []
  const prose: string[] = []
  let open: { fence: string; language: string; line: number; indent: number; code: string[] } | undefined
  for (const [index, line] of text.split('\n').entries()) {
    const [, indent = '', fence, language = ''] = /^( *)(`{3,})\s*(\S*)/.exec(line) ?? []
    prose.push(open || fence !== undefined ? '' : line)
    if (open === undefined) {
      if (fence !== undefined) open = { fence, language, line: index + 1, indent: indent.length, code: [] }
    } else if (line.trim() === open.fence) {
      blocks.push({ language: open.language, line: open.line, code: `${open.code.join('\n')}\n` })
      open = undefined
    } else open.code.push(line.slice(open.indent))
  }
  if (open !== undefined) throw new Error(`${path}:${open.line} opens a block that nothing closes`)
  return { path, text, blocks, links: linksIn(prose), anchors: anchorsIn(prose) }
}

export const documents: readonly Document[] = paths().map((path) =>
  readDocument(path, readFileSync(join(root, path), 'utf8')),
)

function linksIn(prose: readonly string[]): Link[] {
  return prose.flatMap((line, index) =>
    [...line.replaceAll(/`[^`]*`/g, '`').matchAll(/\]\(<?([^()\s>]+(?:\([^()\s]*\))?)>?(?:\s+"[^"]*")?\)/g)].map(
      ([, target = '']) => ({ line: index + 1, target }),
    ),
  )
}

function anchorsIn(prose: readonly string[]): Set<string> {
  const seen = new Map<string, number>()
  const headings = prose.flatMap((line) => /^#{1,6} +(.*)/.exec(line)?.[1] ?? [])
  const names = headings.map((heading) => {
    const name = anchorOf(heading)
    const before = seen.get(name) ?? 0
    seen.set(name, before + 1)
    return before === 0 ? name : `${name}-${before}`
  })
  const ids = prose.flatMap((line) => [...line.matchAll(/<\w+ (?:id|name)="([^"]+)"/g)].map(([, id = '']) => id))
  return new Set([...names, ...ids])
}

/** As GitHub names a heading: lower case, no punctuation, a hyphen for each space. */
function anchorOf(heading: string): string {
  return heading
    .replace(/\[([^\]]*)\]\([^)]*\)/g, '$1')
    .replace(/\\(?=\W)/g, '')
    .toLowerCase()
    .replace(/[^\p{L}\p{N}\p{M}_ -]/gu, '')
    .trim()
    .replaceAll(' ', '-')
}
