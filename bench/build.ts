import { readdir } from 'node:fs/promises'
import { basename, join } from 'node:path'
import { build, type Plugin } from 'esbuild'

/** What is built from one file in contenders/. */
export interface BuiltContender {
  readonly file: string
  /** The module that runs the server's process. */
  readonly hostModule: string
}

/**
 * Packages that only servers need: the page's bundle drops them, since nothing that it uses comes from them. (`serve` is
 * in the same file as `open`, and esbuild cannot know that importing these has no effect.)
 */
const serverOnly: Plugin = {
  name: 'server-only',
  setup(plugin) {
    plugin.onResolve({ filter: /^(node:.*|ws|socket\.io)$/ }, ({ path }) => ({
      path,
      external: true,
      sideEffects: false,
    }))
  },
}

/**
 * Compiles every contender, for its server and for the page.
 *
 * @param readable keeps the names in the page's bundle, for a profile; else it is minified, as it would be shipped
 */
export async function buildContenders(benchFolder: string, readable: boolean): Promise<BuiltContender[]> {
  const files = (await readdir(join(benchFolder, 'contenders'))).filter((file) => file.endsWith('.ts')).sort()
  return Promise.all(files.map((file) => buildContender(benchFolder, file, readable)))
}

async function buildContender(benchFolder: string, file: string, readable: boolean): Promise<BuiltContender> {
  const output = join(benchFolder, '.build')
  const source = JSON.stringify(`./contenders/${file}`)
  const page = await build({
    stdin: {
      contents: `import { open } from ${source}\nimport { runPage } from './page.ts'\nrunPage(open)`,
      resolveDir: benchFolder,
    },
    bundle: true,
    minify: !readable,
    format: 'iife',
    target: 'es2022',
    write: false,
    plugins: [serverOnly],
    logLevel: 'warning',
  })
  const script = page.outputFiles[0]?.text ?? ''
  const hostModule = join(output, `${basename(file, '.ts')}.mjs`)
  await build({
    stdin: {
      contents: `import { serve, variants } from ${source}\nimport { host } from './host.ts'\nhost(serve, variants, ${JSON.stringify(script)})`,
      resolveDir: benchFolder,
    },
    outfile: hostModule,
    bundle: true,
    platform: 'node',
    format: 'esm',
    packages: 'external',
    logLevel: 'warning',
  })
  return { file, hostModule }
}
