import type { MakeExercise } from './exercise.js'

/** Between one echo and the next, in ms: fewer than the hundred a second that a hub takes from one page. */
const PAUSE = 12
const LENGTH = 100

/** Sends texts up, one after another. `times`: until each came back; none where there is no way up. */
export const echo: MakeExercise = (settings, done) => {
  const times: number[] = []
  let failure: string | undefined

  async function run(): Promise<void> {
    const send = settings.echo()
    for (let number = 0; send && number < settings.count; number += 1) {
      const text = String(number).padEnd(LENGTH, '.')
      const sent = performance.now()
      const answer = await send(text)
      times.push(performance.now() - sent)
      if (answer !== text) failure ??= `${JSON.stringify(answer)} came back for ${text}`
      await new Promise((resolve) => setTimeout(resolve, PAUSE))
    }
  }

  async function begin(): Promise<void> {
    const began = performance.now()
    await run().catch((error: unknown) => {
      failure = String(error)
    })
    done({ failure, checksum: undefined, total: performance.now() - began, times, numbers: [] })
  }
  return { begin, receive() {} }
}
