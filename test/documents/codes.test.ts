import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { root } from '../package/source-graph.js'

// docs/errors.md has a line for every code that a page can meet, and no line for one that there is not.

const read = (path: string) => readFileSync(join(root, path), 'utf8')
const sources = readdirSync(join(root, 'src'), { recursive: true, encoding: 'utf8' })
  .filter((path) => path.endsWith('.ts'))
  .map((path) => read(`src/${path}`))

/** The members of a type that is a union of words. */
function wordsOf(path: string, type: string): string[] {
  const [, union = ''] = new RegExp(`export type ${type} =([\\s\\S]*?)\\n(?:\\n|/|export)`).exec(read(path)) ?? []
  return [...union.matchAll(/'([a-z-]+)'/g)].map(([, word = '']) => word)
}

const ofPages = wordsOf('src/errors.ts', 'ErrorCode')
const ofServers = wordsOf('src/server/refusal.ts', 'RefusalCode')
/** What is given where an error is made: `new HoldfastError('closed', …)`, and of a handler: `failure('no-handler', …)`. */
const made = sources.flatMap((text) =>
  [...text.matchAll(/(?:new HoldfastError|\bfailure)\(\s*(?:\w+ \?\? )?'([a-z-]+)'/g)].map(([, code = '']) => code),
)

/** The codes of the first column of the tables. */
const explained = read('docs/errors.md')
  .split('\n')
  .flatMap((line) => [...(/^\|([^|]*)\|/.exec(line)?.[1] ?? '').matchAll(/`([a-z-]+)`/g)].map(([, code = '']) => code))

/** Said between a server and the client, which says hello again: what comes of it is `unconfirmed`, or nothing. */
const within = ['unknown-client']

describe('docs/errors.md', () => {
  test('the codes are found', () => {
    expect(ofPages).toEqual(expect.arrayContaining(['bad-request', 'network', 'unconfirmed']))
    expect(ofServers).toEqual(expect.arrayContaining(['bad-request', 'too-many', 'unavailable']))
    expect(made).toEqual(expect.arrayContaining(['headers', 'queue-full', 'no-handler', 'handler-error']))
  })

  test('explains every code', () => {
    const codes = new Set([...ofPages, ...ofServers, ...made])
    expect([...codes].filter((code) => !explained.includes(code) && !within.includes(code))).toEqual([])
  })

  test('explains no code that there is not', () => {
    const all = sources.join('\n')
    expect(explained.filter((code) => !all.includes(`'${code}'`))).toEqual([])
  })
})
