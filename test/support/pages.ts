import { readFile } from 'node:fs/promises'
import { createServer } from 'node:http'
import { extname, join, normalize, sep } from 'node:path'

const root = join(import.meta.dirname, '../..')
const folders = { '/dist/': 'dist', '/node_modules/eventsource-parser/': 'node_modules/eventsource-parser' }
const types: Record<string, string> = { '.html': 'text/html', '.js': 'text/javascript', '.map': 'application/json' }

/** A web server for test/browser/pages, and for what is built, at `/dist/`. */
export async function startPages(): Promise<{ readonly url: string; close(): Promise<void> }> {
  const server = createServer(async (request, response) => {
    const path = normalize(new URL(request.url ?? '/', 'http://pages').pathname).replaceAll(sep, '/')
    const [prefix, folder] = Object.entries(folders).find(([start]) => path.startsWith(start)) ?? [
      '/',
      'test/browser/pages',
    ]
    try {
      const content = await readFile(join(root, folder, path.slice(prefix.length)))
      response.writeHead(200, { 'content-type': types[extname(path)] ?? 'application/octet-stream' }).end(content)
    } catch {
      response.writeHead(404).end()
    }
  })
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
