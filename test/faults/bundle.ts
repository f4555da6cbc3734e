import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { build, type Plugin } from 'esbuild'

/** In this file of src this text is replaced: a fault of ours, to see that the suite finds it. */
export interface Planted {
  readonly name: string
  readonly file: string
  readonly from: string
  readonly to: string
}

export interface Programs {
  /** The page's script: the client as it stands in src, with the page around it. */
  readonly page: string
  /** The program of a server process, likewise. */
  readonly server: string
}

/** @param folder where they are put: inside node_modules, so that the server finds the packages that it leaves outside */
export async function bundlePrograms(root: string, folder: string, planted?: Planted): Promise<Programs> {
  const plugins = planted ? [await plant(root, planted)] : []
  const programs = { page: join(folder, 'page.js'), server: join(folder, 'server/main.mjs') }
  const all = { bundle: true, plugins }
  const home = join(root, 'test/faults')
  await build({
    ...all,
    entryPoints: [join(home, 'page/main.ts')],
    outfile: programs.page,
    format: 'iife',
    target: 'es2022',
  })
  await build({
    ...all,
    entryPoints: [join(home, 'server/main.ts')],
    outdir: join(folder, 'server'),
    outExtension: { '.js': '.mjs' },
    // A server without Redis need not load its client: they start often.
    splitting: true,
    format: 'esm',
    platform: 'node',
    packages: 'external',
  })
  return programs
}

/** @throws where the source no longer holds the text exactly once: then the fault has to be planted anew */
async function plant(root: string, { name, file, from, to }: Planted): Promise<Plugin> {
  const path = join(root, 'src', file)
  const sound = await readFile(path, 'utf8')
  if (sound.split(from).length !== 2) throw new Error(`"${name}" does not fit src/${file} any more.`)
  return {
    name: 'plant',
    setup: ({ onLoad }) =>
      onLoad({ filter: /\.ts$/ }, (loaded) =>
        loaded.path === path ? { contents: sound.replace(from, () => to), loader: 'ts' } : undefined,
      ),
  }
}
