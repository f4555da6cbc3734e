import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { readHello, readQuery } from '../../src/server/hello.js'
import { defaultLimits } from '../../src/server/limits.js'
import { Refusal } from '../../src/server/refusal.js'
import { parseFrame, readSend } from '../../src/server/send.js'
import { wildText } from './event-streams.js'
import { always, patience, seed } from './fuzz.js'

/** What it reads; undefined where it is refused, which is the only thing that may go wrong. */
function read<Value>(task: () => Value): Value | undefined {
  try {
    return task()
  } catch (error) {
    expect(error).toBeInstanceOf(Refusal)
    if (error instanceof Refusal) expect(['bad-request', 'unsupported-version']).toContain(error.code)
    return undefined
  }
}

const CLIENT = /^[\w-]{16,64}$/
const whole = (value: unknown) => Number.isSafeInteger(value) && Number(value) >= 1

/** What everything that is JSON can be, and names that mean something to JavaScript. */
const names = fc.oneof(
  fc.string(),
  fc.constantFrom('__proto__', 'constructor', 'prototype', 'toString', 'then', 'length'),
)
const value: fc.Arbitrary<unknown> = fc.oneof(
  fc.jsonValue(),
  wildText,
  fc.constantFrom(0, -0, 1, -1, 1.5, 2 ** 53, 2 ** 53 - 1, 1e308, null, true, [], {}),
  fc.dictionary(names, fc.oneof(fc.string(), fc.jsonValue({ maxDepth: 1 })), { noNullPrototype: true }),
)
const maybe = (good: fc.Arbitrary<unknown>) => fc.oneof({ weight: 12, arbitrary: good }, value)
const client = fc.stringMatching(/^[\w-]{16,64}$/)
const counter = fc.integer({ min: 1 })

const hello = fc.record(
  {
    holdfast: maybe(fc.constant('hello')),
    hello: maybe(counter),
    version: maybe(fc.constant(1)),
    cursor: maybe(fc.string()),
    topics: maybe(fc.array(fc.oneof(fc.string({ minLength: 1 }), wildText, value))),
    headers: maybe(
      fc.dictionary(fc.oneof(fc.stringMatching(/^[a-z-]{1,20}$/), names), fc.oneof(fc.string(), wildText, value)),
    ),
    client: maybe(client),
    unacknowledged: maybe(counter),
    next: maybe(counter),
  },
  { requiredKeys: [] },
)
const message = fc.record(
  { number: maybe(counter), type: maybe(fc.string({ minLength: 1 })), data: value, bytes: maybe(fc.base64String()) },
  { requiredKeys: [] },
)
const send = fc.record(
  {
    holdfast: maybe(fc.constant('send')),
    client: maybe(client),
    unacknowledged: maybe(counter),
    next: maybe(counter),
    messages: maybe(fc.array(maybe(message))),
  },
  { requiredKeys: [] },
)

function isGoodHello(hello: ReturnType<typeof readHello>): void {
  expect([hello.number, hello.unacknowledged, hello.next].every(whole)).toBe(true)
  expect(hello.cursor).not.toBe('')
  expect(hello.client ?? 'x'.repeat(16)).toMatch(CLIENT)
  expect(hello.topics.length).toBeLessThanOrEqual(defaultLimits.topics)
  for (const topic of hello.topics) expect(topic).toMatch(/^[^\r\n\0]{1,256}$/)
  expect(Object.keys(hello.headers).length).toBeLessThanOrEqual(defaultLimits.headers)
  // Whatever passes must be one that the platform takes.
  for (const [name, value] of Object.entries(hello.headers)) new Headers().set(name, value)
}

function isGoodSend(send: ReturnType<typeof readSend>): void {
  expect(send.client).toMatch(CLIENT)
  expect(whole(send.unacknowledged) && whole(send.next ?? 1)).toBe(true)
  for (const { number, type } of send.messages) {
    expect(whole(number)).toBe(true)
    expect(type).toMatch(/^[^\r\n\0]{1,256}$/)
  }
}

/** Frames that are nearly right, or anything else: what is read of them is good, and not all is refused before it gets anywhere. */
function expectGood<Said>(
  frames: fc.Arbitrary<unknown>,
  readFrame: (frame: NonNullable<ReturnType<typeof parseFrame>>) => Said,
  isGood: (said: Said) => void,
): void {
  let good = 0
  always(
    fc.property(fc.oneof(frames, value), (frame) => {
      const parsed = read(() => parseFrame(JSON.stringify(frame)))
      const said = parsed && read(() => readFrame(parsed))
      if (said === undefined) return
      isGood(said)
      good += 1
    }),
    1_000,
  )
  expect(good).toBeGreaterThan(15)
  expect(Object.prototype).toEqual({})
}

describe(`whatever a client says is read, or refused, and nothing else (seed ${seed})`, () => {
  test(
    'text that is no frame',
    () => {
      const text = fc.oneof(
        wildText,
        fc.json(),
        fc.nat(50_000).map((depth) => '['.repeat(depth)),
        fc.nat(50_000).map((depth) => '{"a":'.repeat(depth)),
        fc.nat(20_000).map((depth) => `{"a":${'['.repeat(depth)}${']'.repeat(depth)}}`),
        fc.nat(5_000).map((digits) => `{"hello":${'9'.repeat(digits)}e${digits}}`),
      )
      always(
        fc.property(text, (text) => {
          const frame = read(() => parseFrame(text))
          if (frame === undefined) return
          expect(Array.isArray(frame)).toBe(false)
          read(() => readHello(frame, defaultLimits))
          read(() => readSend(frame))
        }),
      )
    },
    patience,
  )

  test(
    'hellos',
    () => {
      expectGood(hello, (frame) => readHello(frame, defaultLimits), isGoodHello)
    },
    patience,
  )

  test(
    'sends',
    () => {
      expectGood(send, readSend, isGoodSend)
    },
    patience,
  )

  test(
    'queries',
    () => {
      const parameter = fc.tuple(
        fc.oneof(
          fc.constantFrom(
            'holdfast',
            'carrier',
            'wait',
            'cursor',
            'topic',
            'client',
            'unacknowledged',
            'next',
            'hello',
          ),
          names,
        ),
        fc.oneof(
          fc.constantFrom('', '1', 'poll', 'stream', 'frame', '0', '1e3', '99999999999999999999'),
          wildText,
          client,
        ),
      )
      let good = 0
      always(
        fc.property(fc.array(parameter, { maxLength: 8 }), fc.boolean(), (parameters, webSocket) => {
          const query = new URLSearchParams(parameters)
          const said = read(() => readQuery(query, defaultLimits, webSocket))
          if (said === undefined) return
          expect(said.wait).toBeGreaterThanOrEqual(0)
          expect(said.wait).toBeLessThanOrEqual(defaultLimits.wait)
          if (said.hello !== undefined) isGoodHello(said.hello)
          good += 1
        }),
        1_000,
      )
      expect(good).toBeGreaterThan(15)
    },
    patience,
  )

  test.each(['holdfast', 'carrier', 'wait', 'cursor', 'client', 'unacknowledged', 'next', 'hello'])(
    'an empty parameter is an absent one: %s',
    (name) => {
      for (const webSocket of [true, false])
        expect(readQuery(new URLSearchParams(`${name}=`), defaultLimits, webSocket)).toEqual(
          readQuery(new URLSearchParams(), defaultLimits, webSocket),
        )
    },
  )
})
