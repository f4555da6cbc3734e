import resolve from '@rollup/plugin-node-resolve'
import terser from '@rollup/plugin-terser'
import esbuild from 'rollup-plugin-esbuild'

// The runtimes that Holdfast supports all speak ES2022; only newer syntax (`using`) is lowered.
const compile = esbuild({ target: 'es2022' })

/**
 * Rewrites what can be said shorter, and keeps names and lines: bundlers differ in how well they do that (esbuild's pages become
 * 90 bytes smaller), and a debugger has the source map. What runs in Node stays as it is.
 */
const shorten = terser({
  module: true,
  ecma: 2020,
  mangle: false,
  compress: { passes: 2, hoist_funs: true, sequences: false },
  format: { beautify: true, preserve_annotations: true },
})
const shortenForPages = {
  name: 'shorten-for-pages',
  renderChunk(code, chunk, ...others) {
    return /^(server|testing)\//.test(chunk.fileName) ? null : shorten.renderChunk.call(this, code, chunk, ...others)
  },
}

/**
 * For bundlers and Node: one output file for each source file.
 *
 * A shared chunk would be one module to the user's bundler, which then has to prove for every statement in it that it
 * has no side effects. With one file per module `sideEffects: false` lets it drop whole files that nobody imports: a
 * page with `holdfast/core` and `sse()` never even parses the WebSocket's file. The type declarations that tsc writes
 * have the same layout, so each `.d.ts` stands beside its `.js`.
 */
const modules = {
  input: [
    'src/index.ts',
    'src/core.ts',
    'src/server/index.ts',
    'src/server/redis/index.ts',
    'src/eventsource/index.ts',
    'src/testing/index.ts',
    'src/bindings/react.ts',
    'src/bindings/vue.ts',
    'src/bindings/svelte.ts',
  ],
  external: (id) => /^(node:|eventsource-parser|(ws|redis|msw|react|vue|svelte)$|svelte\/)/.test(id),
  plugins: [compile],
  output: {
    dir: 'dist',
    format: 'es',
    preserveModules: true,
    preserveModulesRoot: 'src',
    sourcemap: true,
    plugins: [shortenForPages],
  },
}

/**
 * For a script tag: everything in one minified file, the parser included. Nearly all of it runs when a page connects: V8 compiles it
 * while the file loads, beside the main thread, instead of function by function when they are called (its explicit compile hints).
 */
const global = {
  input: 'src/index.ts',
  plugins: [resolve({ browser: true }), compile],
  output: {
    file: 'dist/holdfast.global.js',
    format: 'iife',
    name: 'Holdfast',
    sourcemap: true,
    plugins: [terser({ ecma: 2020, compress: { passes: 2 }, format: { preamble: '//# allFunctionsCalledOnLoad' } })],
  },
}

export default [modules, global]
