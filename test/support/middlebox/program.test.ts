import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'
import { expect, onTestFinished, test } from 'vitest'
import { startPlainServer } from '../plain-server.js'

const program = fileURLToPath(new URL('run.mjs', import.meta.url))

/** The program before a server, and a way to tell it what to do. */
async function start(target: string) {
  const child = spawn(process.execPath, [program, target], { stdio: ['pipe', 'pipe', 'inherit'] })
  onTestFinished(() => void child.kill('SIGKILL'))
  const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]()
  const read = async (): Promise<Record<string, unknown>> => JSON.parse(String((await lines.next()).value))
  const tell = (line: string) => {
    child.stdin.write(`${line}\n`)
    return read()
  }
  const { url } = await read()
  return { child, url: String(url), read, tell, command: (command: object) => tell(JSON.stringify(command)) }
}

test('the program does what it is told, line by line', async () => {
  const server = await startPlainServer()
  onTestFinished(() => server.close())
  const { child, url, read, tell, command } = await start(server.url)
  const poll = () => fetch(`${url}/?carrier=poll`)

  expect(await (await poll()).text()).toBe('polled')
  expect(await command({ set: { poll: { status: 503 } } })).toEqual({ ok: true })
  expect((await poll()).status).toBe(503)
  const { counts } = await command({ counts: true })
  expect(counts).toMatchObject({ requests: { poll: 2 } })
  expect(await command({ forget: true })).toEqual({ ok: true })
  expect(await command({ counts: true })).toMatchObject({ counts: { requests: { poll: 0 } } })
  expect(await command({ reset: true })).toEqual({ ok: true })
  expect((await poll()).status).toBe(200)

  const stream = await fetch(`${url}/sse`)
  expect(await command({ cutAt: 'event', how: 'fin' })).toEqual({ ok: true, waiting: 1 })
  server.say('data: 123456\n\n')
  await expect(stream.text()).rejects.toThrow()
  const other = await fetch(`${url}/sse`)
  expect(await command({ kill: 'rst', kind: 'sse' })).toEqual({ ok: true })
  await expect(other.text()).rejects.toThrow()

  expect(await command({ down: true })).toEqual({ ok: true })
  await expect(poll()).rejects.toMatchObject({ cause: { code: 'ECONNREFUSED' } })
  expect(await command({ up: true })).toEqual({ ok: true })
  expect(await command({ hang: 'up' })).toEqual({ ok: true })
  const held = poll()
  // Two commands at once get two answers, in their order.
  child.stdin.write('{"reset":true}\n{"counts":true}\n')
  expect([await read(), await read()]).toMatchObject([{ ok: true }, { ok: true, counts: { cuts: 1 } }])
  expect((await held).status).toBe(200)

  for (const line of [
    'nonsense',
    '[]',
    '{"jump":true}',
    '{"kill":"softly"}',
    '{"set":{"weather":"bad"}}',
    '{"hang":1}',
  ])
    expect(await tell(line)).toEqual({ error: expect.any(String) })

  const ended = once(child, 'exit')
  child.stdin.end()
  expect(await ended).toEqual([0, null])
})
