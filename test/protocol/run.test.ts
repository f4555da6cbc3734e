import { execFile } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { type Started, startReference } from './reference/start.js'

const program = fileURLToPath(new URL('run.mjs', import.meta.url))

function run(...given: string[]): Promise<{ code: number; output: string }> {
  return new Promise((resolve) => {
    execFile(process.execPath, [program, ...given], (error, stdout, stderr) => {
      resolve({ code: typeof error?.code === 'number' ? error.code : error ? -1 : 0, output: stdout + stderr })
    })
  })
}

describe('the command line', { timeout: 120_000 }, () => {
  let reference: Started
  beforeAll(async () => {
    reference = await startReference({ level: 2 })
  })
  afterAll(() => reference.close())

  test('prints each check by its section, and the level; the exit code is that of the level asked for', async () => {
    const { url, control } = reference
    const { code, output } = await run('--url', url, '--control', control, '--level', '3', '--transport', 'sse')
    expect(output).toContain('sse: claims level 2')
    expect(output).toMatch(/^Positions$/m)
    expect(output).toMatch(/^ {2}pass {9}MUST {4}level 2 {2}positions\.resume \[sse\]$/m)
    expect(output).toMatch(/^ {2}not checked {2}MUST {4}level 3 {2}send\.once \[sse\]\n +the server claims level 2$/m)
    expect(output).toMatch(/^Level reached: 2 \(asked for: 3\)$/m)
    expect(code).toBe(1)
  })

  test('without --level, level 1 is asked for', async () => {
    const { url, control } = reference
    const { code, output } = await run('--url', url, '--control', control, '--transport', 'websocket')
    expect(output).toMatch(/^Level reached: 2 \(asked for: 1\)$/m)
    expect(code).toBe(0)
  })

  test.each([
    ['nothing', []],
    ['no URL', ['--url', 'live']],
    ['no level', ['--url', 'http://127.0.0.1/', '--level', '4']],
    ['no transport', ['--url', 'http://127.0.0.1/', '--transport', 'pigeon']],
    ['an unknown option', ['--speed', '9']],
  ])('%s is not understood', async (_name, given) => {
    const { code, output } = await run(...given)
    expect(code).toBe(2)
    expect(output).toContain('--patience')
  })

  test('a server that is not there reaches no level', async () => {
    const { code, output } = await run('--url', 'http://127.0.0.1:1/live')
    expect(output).toMatch(/^websocket: not offered\nsse: not offered\nlong-poll: not offered$/m)
    expect(code).toBe(1)
  })
})
