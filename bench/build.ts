import { readdir, readFile } from 'node:fs/promises'
import { basename, join } from 'node:path'
import { build, type Plugin } from 'esbuild'

/** Where a file begins with it, so does its page's bundle. */
const COMPILE_HINT = '//# allFunctionsCalledOnLoad'

/** The modules that run the servers' processes. */
export interface Built {
  readonly contenders: readonly string[]
  readonly variations: readonly string[]
  readonly sharing: string
}

/**
 * Packages that only servers need: the page's bundle drops them, since nothing that it uses comes from them. (`serve` is
 * in the same file as `open`, and esbuild cannot know that importing these has no effect.)
 */
const serverOnly: Plugin = {
  name: 'server-only',
  setup(plugin) {
    plugin.onResolve({ filter: /^(node:.*|ws|socket\.io|sockjs)$/ }, ({ path }) => ({
      path,
      external: true,
      sideEffects: false,
    }))
  },
}

/**
 * Compiles every contender, every variation, and the tabs that share a connection, for the server and for the page.
 *
 * @param readable keeps the names in the page's bundle, for a profile; else it is minified, as it would be shipped
 */
export async function buildAll(benchFolder: string, readable: boolean): Promise<Built> {
  const tab = await buildPage(benchFolder, "import { runTab } from './sharing/tab.ts'\nrunTab()", readable)
  const served = "import { serve } from './contenders/holdfast.ts'\nconst variants = {}"
  return {
    contenders: await buildFolder(benchFolder, 'contenders', readable),
    variations: await buildFolder(benchFolder, 'variations', readable),
    sharing: await buildHost(benchFolder, 'sharing', served, tab),
  }
}

async function buildFolder(benchFolder: string, folder: string, readable: boolean): Promise<string[]> {
  const files = (await readdir(join(benchFolder, folder))).filter((file) => file.endsWith('.ts')).sort()
  const modules = files.map(async (file) => {
    const source = JSON.stringify(`./${folder}/${file}`)
    const page = `import { open } from ${source}\nimport { runPage } from './page.ts'\nrunPage(open)`
    const served = `import { serve, variants } from ${source}`
    const text = await readFile(join(benchFolder, folder, file), 'utf8')
    const hint = text.startsWith(COMPILE_HINT) ? `${COMPILE_HINT}\n` : ''
    return buildHost(benchFolder, basename(file, '.ts'), served, hint + (await buildPage(benchFolder, page, readable)))
  })
  return Promise.all(modules)
}

async function buildPage(benchFolder: string, contents: string, readable: boolean): Promise<string> {
  const page = await build({
    stdin: { contents, resolveDir: benchFolder },
    bundle: true,
    minify: !readable,
    format: 'iife',
    target: 'es2022',
    write: false,
    plugins: [serverOnly],
    // As bundlers for browsers do: packages that were made for Node ask for these.
    define: { global: 'globalThis', 'process.env.NODE_ENV': '"production"' },
    logLevel: 'warning',
  })
  return page.outputFiles[0]?.text ?? ''
}

/** @param served makes `serve` and `variants` known */
async function buildHost(benchFolder: string, name: string, served: string, script: string): Promise<string> {
  const outfile = join(benchFolder, '.build', `${name}.mjs`)
  await build({
    stdin: {
      contents: `${served}\nimport { host } from './host.ts'\nhost(serve, variants, ${JSON.stringify(script)})`,
      resolveDir: benchFolder,
    },
    outfile,
    bundle: true,
    platform: 'node',
    format: 'esm',
    packages: 'external',
    logLevel: 'warning',
  })
  return outfile
}
