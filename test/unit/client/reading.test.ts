import { describe, expect, test } from 'vitest'
import { read } from '../../../src/transports/http.js'

/** A body of one chunk, as a browser gives one when it has got much before it was asked. */
function bodyOf(text: string): { response: Response; cancelled: () => boolean } {
  let cancelled = false
  const body = new ReadableStream<Uint8Array>({
    start: (controller) => controller.enqueue(new TextEncoder().encode(text)),
    cancel() {
      cancelled = true
    },
  })
  return { response: new Response(body), cancelled: () => cancelled }
}

/** Takes what is read into one list with what else happens. */
function reader(scheduler?: { yield?(): Promise<void> }) {
  const heard: string[] = []
  const controller = new AbortController()
  const task = { env: { scheduler }, signal: controller.signal, data: (text: string) => void heard.push(text) }
  return { heard, controller, task }
}

const turn = () => new Promise<void>((resolve) => setTimeout(resolve))

describe('a body that has come in one chunk', () => {
  const text = Array.from({ length: 60_000 }, (_, index) => `${index} ü`).join()

  test('is read in pieces, and the page has its turn after each', async () => {
    let turns = 0
    const { heard, controller, task } = reader({
      async yield() {
        await turn()
        turns += 1
        expect(heard).toHaveLength(turns)
      },
    })
    const { response } = bodyOf(text)
    const reading = read(task, response)
    const pieces = Math.ceil(new TextEncoder().encode(text).length / 100_000)
    expect(pieces).toBeGreaterThan(3)
    while (turns < pieces) await turn()
    expect(heard.join('')).toBe(text)
    expect(heard[0]?.length).toBeLessThanOrEqual(100_000)
    controller.abort()
    await reading
  })

  test.each([
    ['no scheduler', undefined],
    ['one that cannot yield', {}],
  ])('is read where there is %s', async (_, scheduler) => {
    const { heard, controller, task } = reader(scheduler)
    const { response, cancelled } = bodyOf(text)
    const reading = read(task, response)
    while (heard.join('').length < text.length) await turn()
    expect(heard.join('')).toBe(text)
    controller.abort()
    await reading
    expect(cancelled()).toBe(true)
  })
})

test('a body is cancelled where nobody wants it any more before it is read', async () => {
  const { heard, controller, task } = reader()
  controller.abort()
  const { response, cancelled } = bodyOf('text')
  await read(task, response)
  expect(heard).toEqual([])
  expect(cancelled()).toBe(true)
})
