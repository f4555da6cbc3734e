import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { root } from '../package/source-graph.js'
import { type Document, documents, readDocument } from './documents.js'
import { unbalanced } from './html.js'

// Blocks that are no programs: commands, JSON, HTML.

const { scripts } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as { scripts: Record<string, string> }

/** What is wrong with a line of a shell: it names a script that is not there, or a file. */
function wrongCommands(code: string): string[] {
  return code.split('\n').flatMap((line) => {
    const words = line.replace(/#.*/, '').trim().split(/\s+/)
    const [program, command = '', name] = words
    if (program === 'npm') {
      const script = command === 'run' ? name : ['start', 'test'].includes(command) ? command : undefined
      return script === undefined || script in scripts ? [] : [line]
    }
    const runs = program === 'node' || (program === 'npx' && command === 'vitest')
    const files = runs ? words.filter((word) => /^(?:scripts|test|bench|examples)\//.test(word)) : []
    return files.every((file) => existsSync(join(root, file))) ? [] : [line]
  })
}

function unparsable(code: string): string[] {
  try {
    JSON.parse(code)
    return []
  } catch (error) {
    return [String(error)]
  }
}

const checks: Readonly<Record<string, (code: string) => string[]>> = {
  sh: wrongCommands,
  bash: wrongCommands,
  json: unparsable,
  html: unbalanced,
}

const problemsOf = ({ blocks }: Document) =>
  blocks.flatMap(({ language, line, code }) => (checks[language]?.(code) ?? []).map((said) => `${line}: ${said}`))

const checked = documents.filter(({ blocks }) => blocks.some(({ language }) => language in checks))

test.each(checked)('commands, JSON and HTML in $path are sound', (document) => {
  expect(problemsOf(document)).toEqual([])
})

/** Commands stand in sentences and tables as well. */
test.each(documents)('every npm script that $path names exists', ({ text }) => {
  const named = [...text.matchAll(/`(npm (?:run )?[a-z:]+[^`\n]*)`/g)].flatMap(([, command = '']) =>
    wrongCommands(command),
  )
  expect(named).toEqual([])
})

test('what is wrong is found', () => {
  const text = [
    '```sh',
    'npm start # the demo',
    'npm run nothing',
    'npx vitest run test/nowhere',
    'npm install holdfast',
    '```',
    '```json',
    '{ "a": 1, }',
    '```',
    '```html',
    '<p><b>bold</p>',
    '```',
  ]
  expect(problemsOf(readDocument('page.md', text.join('\n')))).toEqual([
    '1: npm run nothing',
    '1: npx vitest run test/nowhere',
    expect.stringMatching(/^7: SyntaxError/),
    '10: </p> closes <b>',
  ])
})
