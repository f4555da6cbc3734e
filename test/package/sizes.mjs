// What Holdfast costs a page: bundled as a user's bundler does it, minified, and compressed with brotli at its best.
import { readFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { brotliCompressSync, constants } from 'node:zlib'
import { nodeResolve } from '@rollup/plugin-node-resolve'
import terser from '@rollup/plugin-terser'
import { build } from 'esbuild'
import { rollup } from 'rollup'

/** What an application of such a framework has anyway. */
const external = ['react', 'vue', 'svelte', 'svelte/store']

const root = join(dirname(fileURLToPath(import.meta.url)), '../..')

/**
 * One row. `bytes` is the larger of what two bundlers make of it, so that a limit holds for the users of both.
 * `goal` is what the design asks for (docs/decisions/0001-sizes.md); `limit` is what the gate holds, so that growth is noticed.
 * @typedef {{ name: string, minified: number, bytes: number, rollup: number, esbuild: number, limit?: number, goal?: number }} Size
 */

/** @type {{ name: string, code: string, limit?: number, goal?: number }[]} */
const pages = [
  { name: 'whole client (connect)', code: "export { connect } from 'holdfast'", limit: 12_600, goal: 7000 },
  { name: 'core + sse', code: "export { connect, sse } from 'holdfast/core'", limit: 12_100, goal: 4000 },
  { name: 'core, no transport', code: "export { connect } from 'holdfast/core'" },
  { name: 'core + websocket', code: "export { connect, websocket } from 'holdfast/core'" },
  { name: 'core + longPoll', code: "export { connect, longPoll } from 'holdfast/core'" },
  { name: 'core + sse + plain', code: "export { connect, sse, plain } from 'holdfast/core'" },
  { name: 'whole client + tabs', code: "export { connect, tabs } from 'holdfast'", limit: 16_600 },
  { name: 'everything exported', code: "export * from 'holdfast'" },
  {
    name: 'whole client + react',
    code: "export { connect } from 'holdfast'\nexport * from 'holdfast/react'",
    limit: 13_100,
  },
  {
    name: 'whole client + vue',
    code: "export { connect } from 'holdfast'\nexport * from 'holdfast/vue'",
    limit: 12_900,
  },
  {
    name: 'whole client + svelte',
    code: "export { connect } from 'holdfast'\nexport * from 'holdfast/svelte'",
    limit: 13_030,
  },
  { name: 'eventsource', code: "export { EventSource } from 'holdfast/eventsource'", limit: 4450, goal: 3700 },
  { name: 'of it: eventsource-parser', code: "export { createParser } from 'eventsource-parser'" },
]

/** @returns {Promise<Size[]>} of the built package in dist */
export async function measureSizes() {
  const sizes = []
  for (const { name, code, limit, goal } of pages) {
    const byRollup = await withRollup(code)
    const byEsbuild = await withEsbuild(code)
    const [rollup, esbuild] = [compressed(byRollup), compressed(byEsbuild)]
    sizes.push({ name, minified: byEsbuild.length, bytes: Math.max(rollup, esbuild), rollup, esbuild, limit, goal })
  }
  const script = readFileSync(join(root, 'dist/holdfast.global.js'))
  const bytes = compressed(script)
  sizes.push({ name: 'holdfast.global.js', minified: script.length, bytes, rollup: bytes, esbuild: bytes })
  return sizes
}

/**
 * @param {Size[]} sizes
 * @returns {string} for people
 */
export function sizeTable(sizes) {
  const rows = sizes.map(({ name, minified, rollup, esbuild, bytes, limit, goal }) => {
    const held = limit === undefined ? '' : `${limit}${bytes <= limit ? '' : ' EXCEEDED'}`
    const verdict = goal === undefined ? held : `${held} (goal ${goal}${bytes <= goal ? '' : ', not reached'})`
    return [name, minified, rollup, esbuild, verdict]
  })
  const lines = [['bytes', 'minified', 'brotli (rollup, terser)', 'brotli (esbuild)', 'limit'], ...rows]
  const [first = 0, ...widths] = [0, 1, 2, 3].map((column) =>
    Math.max(...lines.map((line) => String(line[column]).length)),
  )
  return lines
    .map(([name, ...cells]) => {
      const padded = cells.map((cell, index) => String(cell).padStart(widths[index] ?? 0))
      return `${String(name).padEnd(first)}  ${padded.join('  ')}`.trimEnd()
    })
    .join('\n')
}

/** @param {string} code */
async function withRollup(code) {
  const page = 'page.js'
  const bundle = await rollup({
    input: page,
    external,
    plugins: [
      {
        name: 'page',
        resolveId: (id) => (id === page ? join(root, page) : null),
        load: (id) => (id === join(root, page) ? code : null),
      },
      nodeResolve({ browser: true }),
    ],
  })
  // @ts-expect-error: its declarations say CommonJS, while it is a module.
  const minify = terser({ module: true, ecma: 2020 })
  const { output } = await bundle.generate({ format: 'es', plugins: [minify] })
  await bundle.close()
  return Buffer.from(output[0].code)
}

/** @param {string} code */
async function withEsbuild(code) {
  const { outputFiles } = await bundle(code)
  return Buffer.from(outputFiles[0]?.contents ?? [])
}

/** @returns {Promise<string>} what each file adds to the whole client, minified, before compression; for people */
export async function partsTable() {
  const { metafile } = await bundle("export { connect } from 'holdfast'")
  return Object.values(metafile.outputs)
    .flatMap(({ inputs }) => Object.entries(inputs))
    .sort(([, a], [, b]) => b.bytesInOutput - a.bytesInOutput)
    .map(([path, { bytesInOutput }]) => `${String(bytesInOutput).padStart(6)}  ${path}`)
    .join('\n')
}

/** @param {string} code */
function bundle(code) {
  return build({
    stdin: { contents: code, resolveDir: root },
    bundle: true,
    minify: true,
    format: 'esm',
    target: 'es2022',
    write: false,
    metafile: true,
    external,
  })
}

/** @param {Buffer} bytes */
function compressed(bytes) {
  return brotliCompressSync(bytes, { params: { [constants.BROTLI_PARAM_QUALITY]: 11 } }).length
}

// `npm run sizes`
if (process.argv[1] === fileURLToPath(import.meta.url)) {
  console.log(
    `${sizeTable(await measureSizes())}\n\nThe whole client by file, minified, before compression:\n${await partsTable()}`,
  )
}
