import { join } from 'node:path'
import { nodeResolve } from '@rollup/plugin-node-resolve'
import { build as esbuild } from 'esbuild'
import { rollup } from 'rollup'
import { build as vite } from 'vite'
import webpack from 'webpack'

// The bundlers that users have, as they are without any configuration that is about Holdfast.

export interface Job {
  /** The project of the user. */
  readonly folder: string
  /** Names without `.js` of modules in it; each becomes `<out>/<name>.js`. */
  readonly names: readonly string[]
  readonly out: string
  readonly for: 'browser' | 'node'
  /** What stays outside: the packages that a server finds when it runs. */
  readonly external: readonly string[]
}

export type Bundle = (job: Job) => Promise<unknown>

const inputsOf = ({ folder, names }: Job) => Object.fromEntries(names.map((name) => [name, join(folder, `${name}.js`)]))
const isOutside = ({ external }: Job, id: string) =>
  id.startsWith('node:') || external.some((name) => id === name || id.startsWith(`${name}/`))

async function withEsbuild(job: Job) {
  await esbuild({
    entryPoints: inputsOf(job),
    outdir: job.out,
    bundle: true,
    minify: true,
    splitting: true,
    format: 'esm',
    platform: job.for,
    target: 'es2022',
    external: [...job.external],
    logLevel: 'error',
    absWorkingDir: job.folder,
    // React looks at it; the other bundlers know that.
    define: { 'process.env.NODE_ENV': '"production"' },
  })
}

async function withRollup(job: Job) {
  const bundle = await rollup({
    input: inputsOf(job),
    external: (id) => isOutside(job, id),
    plugins: [nodeResolve({ browser: job.for === 'browser' })],
    onwarn: ({ message }) => {
      throw new Error(message)
    },
  })
  await bundle.write({ dir: job.out, format: 'es' })
  await bundle.close()
}

async function withVite(job: Job) {
  await vite({
    root: job.folder,
    configFile: false,
    logLevel: 'warn',
    build: {
      outDir: job.out,
      emptyOutDir: true,
      target: 'es2022',
      ...(job.for === 'node' && { ssr: true }),
      rolldownOptions: {
        input: inputsOf(job),
        external: (id) => isOutside(job, id),
        output: { entryFileNames: '[name].js', format: 'es' },
        // An entry's exports are what is asked for.
        preserveEntrySignatures: 'strict',
      },
    },
  })
}

function withWebpack(job: Job): Promise<unknown> {
  const compiler = webpack({
    context: job.folder,
    mode: 'production',
    entry: inputsOf(job),
    output: { path: job.out, filename: '[name].js', chunkFormat: 'module', module: true },
    experiments: { outputModule: true },
    externalsType: 'module',
    externals: job.external.map((name) => new RegExp(`^${name}(/|$)`)),
    target: job.for === 'node' ? 'node22' : ['web', 'es2022'],
    // It would take longer than all else here; whether it may be minified, the others show.
    optimization: { minimize: false },
    performance: { hints: false },
  })
  return new Promise((resolve, reject) => {
    compiler?.run((error, stats) => {
      compiler.close(() => {})
      if (error) reject(error)
      else if (stats?.hasErrors() || stats?.hasWarnings())
        reject(new Error(stats.toString({ all: false, errors: true, warnings: true })))
      else resolve(stats)
    })
  })
}

export const bundlers: Readonly<Record<string, Bundle>> = {
  esbuild: withEsbuild,
  rollup: withRollup,
  vite: withVite,
  webpack: withWebpack,
}
