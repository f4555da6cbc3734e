import { existsSync } from 'node:fs'
import { join, posix } from 'node:path'
import { expect, test } from 'vitest'
import { root } from '../package/source-graph.js'
import { type Document, documents, readDocument } from './documents.js'

const byPath = new Map(documents.map((document) => [document.path, document]))

/** Links to files and headings that do not exist. What is elsewhere is not asked for. */
function broken({ path, links, anchors }: Document): string[] {
  return links
    .filter(({ target }) => !/^[a-z]+:/.test(target))
    .flatMap(({ line, target }) => {
      const [file = '', anchor] = target.split('#')
      const there = file === '' ? path : posix.join(posix.dirname(path), decodeURIComponent(file))
      const isThere = file === '' || existsSync(join(root, there))
      const known = file === '' ? anchors : byPath.get(there)?.anchors
      const names = anchor === undefined || known === undefined || known.has(anchor)
      return isThere && names ? [] : [`${line}: ${target}`]
    })
}

test.each(documents)('every link in $path leads somewhere', (document) => {
  expect(broken(document)).toEqual([])
})

test('links to nowhere are found', () => {
  const text = [
    '# Here, and "there"',
    '## Here, and there',
    '[1](README.md) [2](READ.md) [3](#here-and-there) [4](#here-and-there-1) [5](#here-and-there-2)',
    '[6](docs/errors.md#what-a-send-rejects-with) [7](docs/errors.md#what-a-post-rejects-with)',
    '`[8](not a link)` [9](https://example.com/) ![10](docs/none.svg)',
  ]
  expect(broken(readDocument('README.md', text.join('\n')))).toEqual([
    '3: READ.md',
    '3: #here-and-there-2',
    '4: docs/errors.md#what-a-post-rejects-with',
    '5: docs/none.svg',
  ])
})
