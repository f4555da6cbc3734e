import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { HoldfastError } from '../../src/errors.js'
import { platform } from '../../src/kit/env.js'
import { native } from '../../src/protocols/native.js'
import type { Control, Task, Transport } from '../../src/seams.js'
import { longPoll } from '../../src/transports/long-poll.js'
import { sse } from '../../src/transports/sse.js'
import { anyStream, cut, nativeStream, places } from './event-streams.js'
import { alwaysInTime, patience, seed } from './fuzz.js'

const encoder = new TextEncoder()

/** Runs a transport whose only answer is a body of these pieces, and tells what its protocol makes of them. */
async function heard(transport: Transport, pieces: readonly Uint8Array<ArrayBuffer>[]): Promise<unknown[]> {
  const told: unknown[] = []
  const decoder = native.decoder(
    transport.framing,
    {
      event: (type, data, id, topic) => told.push({ type, data, id, topic }),
      // Where a retry stands among the others is of no weight.
      control: (control: Control) => control.kind !== 'retry' && told.push(control),
    },
    10_000,
  )
  const over = new AbortController()
  const body = new ReadableStream<Uint8Array<ArrayBuffer>>({
    start(controller) {
      for (const piece of pieces) controller.enqueue(piece)
      controller.close()
    },
  })
  const task: Task = {
    env: {
      ...platform,
      setTimeout,
      clearTimeout,
      queueMicrotask,
      Date,
      Math,
      crypto,
      WebSocket,
      fetch: async () => new Response(body, { headers: { 'content-type': 'text/event-stream' } }),
    },
    signal: over.signal,
    credentials: 'same-origin',
    hello: () => ({ number: 1, cursor: undefined, topics: [], headers: {}, client: '', unacknowledged: 1, next: 1 }),
    ask: () => ({ url: 'http://app.test/live', headers: {} }),
    post: () => ({ url: 'http://app.test/live', headers: {} }),
    opened() {},
    data: decoder.data,
    end() {
      over.abort()
      decoder.end()
      return true
    },
    answer() {},
    due() {},
  }
  await transport.run(task)
  return told
}

describe.each([
  ['sse', sse],
  ['longPoll', longPoll],
])(`%s (seed ${seed})`, (_, make) => {
  test(
    'hears the same, wherever its bytes are cut: inside an event, a line, a character',
    () =>
      alwaysInTime(
        fc.asyncProperty(fc.oneof(nativeStream, anyStream), places, async (text, places) => {
          const bytes = encoder.encode(text)
          expect(await heard(make(), cut(bytes, places))).toEqual(await heard(make(), [bytes]))
        }),
        300,
      ),
    patience,
  )

  test(
    'takes any bytes for text, and fails only as it says',
    () =>
      alwaysInTime(
        fc.asyncProperty(fc.array(fc.uint8Array({ maxLength: 200 }), { maxLength: 5 }), async (pieces) => {
          const copies = pieces.map((piece) => Uint8Array.from(piece))
          await heard(make(), copies).catch((error: unknown) => expect(error).toBeInstanceOf(HoldfastError))
        }),
        300,
      ),
    patience,
  )
})
