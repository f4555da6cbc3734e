import { fork } from 'node:child_process'
import { once } from 'node:events'
import { fileURLToPath } from 'node:url'

/**
 * A process that answers questions, one at a time.
 * @param {string} module beside this one; it answers by {@link answering}
 * @param {unknown[]} args
 */
export function startChild(module, ...args) {
  const file = fileURLToPath(new URL(module, import.meta.url))
  const child = fork(
    file,
    args.map((arg) => JSON.stringify(arg)),
    { execArgv: ['--expose-gc'] },
  )
  let ended = false
  const exit = once(child, 'exit').then(([code]) => {
    ended = true
    return code
  })
  return {
    pid: child.pid ?? 0,
    /**
     * @param {string} question
     * @param {Record<string, unknown>} [details]
     */
    async ask(question, details) {
      child.send({ question, ...details })
      const answer = await Promise.race([
        once(child, 'message').then(([message]) => message),
        exit.then(() => undefined),
      ])
      if (ended) throw new Error(`${module} ended before it had answered ${question}.`)
      return answer
    },
    async close() {
      if (child.connected) child.disconnect()
      await exit
    },
  }
}

/**
 * Answers the parent's questions until it goes.
 * @param {Record<string, (details: any) => unknown>} answers
 */
export function answering(answers) {
  process.on('message', async (/** @type {any} */ { question, ...details }) => {
    process.send?.((await answers[question]?.(details)) ?? null)
  })
  process.once('disconnect', () => process.exit())
}

/** Bytes of heap and of buffers beside it, when what is not needed is gone. */
export async function heldBytes() {
  for (let round = 0; round < 3; round++) {
    globalThis.gc?.()
    await new Promise((resolve) => setImmediate(resolve))
  }
  const { heapUsed, external, rss } = process.memoryUsage()
  return { heap: heapUsed + external, rss }
}
