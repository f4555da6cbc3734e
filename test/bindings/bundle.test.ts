import { build } from 'esbuild'
import { expect, test } from 'vitest'
import { root } from '../package/source-graph.js'

/** The files of ours that a page's bundle has anything of, when it imports these names from a binding. */
async function filesIn(binding: string, names: string): Promise<string[]> {
  const { metafile } = await build({
    stdin: { contents: `export { ${names} } from './src/bindings/${binding}.ts'`, resolveDir: root },
    bundle: true,
    format: 'esm',
    write: false,
    metafile: true,
    external: ['react', 'vue', 'svelte'],
  })
  return Object.values(metafile.outputs)
    .flatMap(({ inputs }) => Object.entries(inputs))
    .flatMap(([path, { bytesInOutput }]) => (bytesInOutput > 0 && path.startsWith('src/') ? [path.slice(4)] : []))
    .sort()
}

test.each([
  ['react', 'useConnectionFrom, useConnectionState, useEvent, useLatestEvent'],
  ['vue', 'useConnectionFrom, useConnectionState, useEvent, useLatestEvent'],
  ['svelte', 'connectionFrom, connectionState, latestEvent, onEvent'],
])('holdfast/%s brings no client to who connects by a function', async (binding, names) => {
  const files = await filesIn(binding, names)
  expect(files).toContain(`bindings/${binding}.ts`)
  expect(files.filter((path) => !path.startsWith('bindings/'))).toEqual(['kit/env.ts'])
})

test.each([
  ['react', 'useConnection'],
  ['vue', 'useConnection'],
  ['svelte', 'connection'],
])('holdfast/%s brings the whole client to who gives a URL', async (binding, names) => {
  expect(await filesIn(binding, names)).toEqual(
    expect.arrayContaining(['transports/websocket.ts', 'transports/sse.ts', 'transports/long-poll.ts']),
  )
})
