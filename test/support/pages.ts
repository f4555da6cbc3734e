import { readFile } from 'node:fs/promises'
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import { extname, join, normalize, sep } from 'node:path'
import { build } from 'esbuild'

const root = join(import.meta.dirname, '../..')
const folders = { '/dist/': 'dist', '/node_modules/eventsource-parser/': 'node_modules/eventsource-parser' }
const types: Record<string, string> = { '.html': 'text/html', '.js': 'text/javascript', '.map': 'application/json' }

/** What a page may load, and whom it may talk to, where nothing but files is allowed: neither inline code nor eval. */
const strictPolicy = "default-src 'none'; script-src 'self'; connect-src *"

let bundle: Promise<string> | undefined

/** The client as it stands in src, as one classic script: what is tested does not hang on the last build. */
async function bundleOfSource(): Promise<string> {
  const { outputFiles } = await build({
    entryPoints: [join(root, 'src/index.ts')],
    bundle: true,
    write: false,
    format: 'iife',
    globalName: 'Holdfast',
    target: 'es2022',
  })
  return outputFiles[0]?.text ?? ''
}

/**
 * Serves test/browser/pages; what is built at `/dist/`; the source as one script at `/holdfast.js`. `?strict` in a page's
 * URL gives it a strict Content-Security-Policy.
 */
export async function servePages(request: IncomingMessage, response: ServerResponse): Promise<void> {
  const { pathname, searchParams } = new URL(request.url ?? '/', 'http://pages')
  const path = normalize(pathname).replaceAll(sep, '/')
  const [prefix, folder] = Object.entries(folders).find(([start]) => path.startsWith(start)) ?? [
    '/',
    'test/browser/pages',
  ]
  if (searchParams.has('strict')) response.setHeader('content-security-policy', strictPolicy)
  try {
    bundle ??= path === '/holdfast.js' ? bundleOfSource() : undefined
    const content =
      path === '/holdfast.js' ? await bundle : await readFile(join(root, folder, path.slice(prefix.length)))
    response.writeHead(200, { 'content-type': types[extname(path)] ?? 'application/octet-stream' }).end(content)
  } catch {
    response.writeHead(404).end()
  }
}

/** A web server for {@link servePages}. */
export async function startPages(): Promise<{ readonly url: string; close(): Promise<void> }> {
  const server = createServer(servePages)
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const address = server.address()
  if (address === null || typeof address === 'string') throw new Error('no port')
  return {
    url: `http://127.0.0.1:${address.port}`,
    async close() {
      server.closeAllConnections()
      await new Promise((resolve) => server.close(resolve))
    },
  }
}
