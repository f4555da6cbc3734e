import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { build } from 'esbuild'

/** A fault: in this file of src, this text is replaced. */
export interface Fault {
  readonly name: string
  readonly file: string
  readonly from: string
  readonly to: string
}

const root = join(import.meta.dirname, '../../..')

/**
 * The shipped source with a fault in it, and the simulation around it.
 *
 * @throws where the source no longer holds the text exactly once: then the fault has to be planted anew
 */
export async function plant({ name, file, from, to }: Fault): Promise<typeof import('./entry.js')> {
  const path = join(root, 'src', file)
  const sound = await readFile(path, 'utf8')
  if (sound.split(from).length !== 2) throw new Error(`"${name}" does not fit src/${file} any more.`)
  const { outputFiles } = await build({
    entryPoints: [join(import.meta.dirname, 'entry.ts')],
    bundle: true,
    write: false,
    format: 'esm',
    platform: 'node',
    plugins: [
      {
        name: 'plant',
        setup: ({ onLoad }) =>
          onLoad({ filter: /\.ts$/ }, (loaded) =>
            loaded.path === path ? { contents: sound.replace(from, () => to), loader: 'ts' } : undefined,
          ),
      },
    ],
  })
  const [bundle] = outputFiles
  return import(`data:text/javascript;base64,${Buffer.from(bundle?.contents ?? '').toString('base64')}`)
}
