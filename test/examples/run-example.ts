import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'

/**
 * Starts an example as its header says, on any free port, and waits for the address that it prints.
 *
 * @param path of its server, below `examples/`
 */
export async function runExample(path: string): Promise<{ url: string; stop: () => Promise<void> }> {
  const script = fileURLToPath(new URL(`../../examples/${path}`, import.meta.url))
  const child = spawn(process.execPath, [script], {
    env: { ...process.env, PORT: '0' },
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  let output = ''
  child.stderr.setEncoding('utf8').on('data', (text) => {
    output += text
  })
  const exited = once(child, 'exit')
  const stop = async () => {
    child.kill()
    await exited
  }
  for await (const line of createInterface({ input: child.stdout })) {
    output += `${line}\n`
    const url = /https?:\/\/\S+/.exec(line)?.[0]
    if (url) return { url, stop }
  }
  throw new Error(`${path} printed no address:\n${output}`)
}
