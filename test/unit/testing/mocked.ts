import { setupServer } from 'msw/node'
import { afterAll, afterEach, beforeAll } from 'vitest'
import { type ConnectOptions, connect } from '../../../src/index.js'
import { mockServer } from '../../../src/testing/index.js'
import * as time from '../../support/fake-time.js'

export const address = 'https://app.test/live'

/** The one of this file. */
export const mock = mockServer(address)
const server = setupServer(...mock.handlers)
const opened: Disposable[] = []

/** Every test of the file has the mocked server as it is at the start, and closes what it opened by `hear`. */
export function withMock(): void {
  beforeAll(() => server.listen({ onUnhandledFrame: 'error' }))
  afterEach(async () => {
    for (const live of opened.splice(0)) live[Symbol.dispose]()
    await mock.reset()
  })
  afterAll(() => server.close())
}

/** Lets so many ms pass, and everything arrive that follows from it. */
export async function pass(ms: number): Promise<void> {
  await time.pass(ms)
  await mock.settled()
  await time.tick()
  await mock.settled()
}

/** A connection, and what its page hears. */
export function hear(options: ConnectOptions = {}) {
  const live = connect(address, options)
  opened.push(live)
  const heard: unknown[] = []
  const gaps: string[] = []
  const errors: string[] = []
  live.on('price', ({ data }) => heard.push(data))
  live.onGap(({ reason }) => gaps.push(reason))
  live.onError(({ code }) => errors.push(code))
  return { live, heard, gaps, errors }
}
