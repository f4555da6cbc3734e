import { beforeAll, expect, test } from 'vitest'
import { checkTypes } from './check-types.js'
import { documents, readDocument } from './documents.js'
import { languages, programsOf } from './programs.js'

/** Written by people. The reference is made of signatures, which are no programs. */
const written = documents.filter(({ path }) => !path.startsWith('docs/api/'))
const withCode = written.filter((document) => programsOf(document).length > 0)

let problems: Map<string, string[]>
beforeAll(async () => {
  problems = await checkTypes('documents', withCode)
}, 120_000)

test.each(withCode.map(({ path }) => path))('the code in %s compiles against the built package', (path) => {
  expect(problems.get(path)).toEqual([])
})

test.each(written)('every block in $path is of a language that is known here', ({ blocks }) => {
  expect(blocks.map(({ language }) => language).filter((language) => !languages.includes(language))).toEqual([])
})

test('what is wrong is found, and said of its line', async () => {
  const lines = [
    '# A page',
    '```ts',
    "import { connect } from 'holdfast'",
    "const live = connect<{ price: number }>('/live')",
    '```',
    'It goes on:',
    '```ts',
    "live.on('price', ({ data }) => data.toFixed())",
    "live.on('prize', () => {})",
    '```',
    '```js',
    "import { connects } from 'holdfast'",
    "live.on('price', ({ data }) => data.anything)",
    '```',
    '```html',
    '<script>',
    "  const there = Holdfast.connect('/live')",
    '  there.open()',
    '</script>',
    '```',
    '```ts',
    '// store.ts',
    'export const store = new Map<string, number>()',
    '```',
    '```ts',
    "import { store } from './store.js'",
    "store.set('price', '7')",
    '```',
  ]
  const wrong = await checkTypes('wrong-documents', [readDocument('wrong.md', lines.join('\n'))])
  expect(wrong.get('wrong.md')).toEqual([
    expect.stringMatching(/^9: No overload matches this call/),
    expect.stringMatching(/^12: .*no exported member named 'connects'/),
    expect.stringMatching(/^13: Cannot find name 'live'/),
    expect.stringMatching(/^18: Property 'open' does not exist/),
    expect.stringMatching(/^27: Argument of type 'string' is not assignable/),
  ])
}, 60_000)
