import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { onTestFinished } from 'vitest'
import { freePort } from '../support/free-port.js'
import { findService, howToGetService } from '../support/services.mjs'
import { Program } from './program.js'

// The real ones, with the very files that docs/proxies.md shows.

export type ProxyName = 'nginx' | 'haproxy'
export const proxyNames: ProxyName[] = ['nginx', 'haproxy']

export const exampleFolder = join(import.meta.dirname, '../../examples/behind-a-proxy')
export const configFiles: Record<ProxyName, string> = { nginx: 'nginx.conf', haproxy: 'haproxy.cfg' }

export interface RunningProxy {
  readonly url: string
  /** Resolves when it has logged what is expected. */
  says(expected: RegExp): Promise<void>
  /** Reads its configuration anew, as after a change of it. Resolves when the new workers are there. */
  reload(): Promise<void>
  /** Kills it with all its workers, and starts it again. */
  restart(): Promise<void>
}

/** How a proxy is started, and by what words it says that it was reloaded. */
interface Kind {
  args(folder: string, config: string): Promise<string[]>
  readonly reload: NodeJS.Signals
  readonly reloaded: RegExp
}

const kinds: Record<ProxyName, Kind> = {
  nginx: {
    // The file is that of one site: this stands around it, as /etc/nginx/nginx.conf does.
    async args(folder, config) {
      const temporary = ['client_body', 'proxy', 'fastcgi', 'uwsgi', 'scgi'].map(
        (name) => `${name}_temp_path ${folder};`,
      )
      const main = `
        daemon off; pid ${folder}/nginx.pid; error_log stderr notice; worker_processes 2; worker_shutdown_timeout 1s;
        events {}
        http { access_log off; ${temporary.join(' ')} include ${config}; }`
      await writeFile(join(folder, 'main.conf'), main)
      return ['-p', folder, '-c', join(folder, 'main.conf')]
    },
    reload: 'SIGHUP',
    reloaded: /gracefully shutting down/,
  },
  haproxy: {
    args: async (_folder, config) => ['-W', '-db', '-f', config],
    reload: 'SIGUSR2',
    reloaded: /Loading success/,
  },
}

/**
 * Starts a proxy, with free ports in place of those in its file. It is killed when the test is over.
 *
 * @param upstreams the ports of the two processes
 * @param changes what a test changes in the file beside the ports: text, and what stands in its place
 */
export async function startProxy(
  name: ProxyName,
  [first, second]: readonly [number, number],
  changes: Readonly<Record<string, string>> = {},
): Promise<RunningProxy> {
  const command = findService(name)
  if (command === undefined) throw new Error(howToGetService(name))
  const folder = await mkdtemp(join(tmpdir(), `holdfast-${name}-`))
  const port = await freePort()
  let text = await readFile(join(exampleFolder, configFiles[name]), 'utf8')
  const ports = { 8080: `${port}`, 3001: `${first}`, 3002: `${second}` }
  for (const [what, instead] of [...Object.entries(changes), ...Object.entries(ports)]) {
    if (!text.includes(what)) throw new Error(`${configFiles[name]} does not say ${what}.`)
    text = text.replaceAll(what, instead)
  }
  const config = join(folder, configFiles[name])
  await writeFile(config, text)

  const kind = kinds[name]
  const program = new Program({ command, args: await kind.args(folder, config), port })
  onTestFinished(async () => {
    await program.kill()
    await rm(folder, { recursive: true, force: true })
  })
  await program.start()
  return {
    url: `http://127.0.0.1:${port}`,
    says: (expected) => program.says(expected),
    reload: () => program.signal(kind.reload, kind.reloaded),
    async restart() {
      await program.kill()
      await program.start()
    },
  }
}
