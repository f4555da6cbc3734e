import { expect, test, vi } from 'vitest'
import { createHolder } from '../../src/bindings/holder.js'

const made = (key: string) => ({ key, close: vi.fn() })

function setup() {
  const make = vi.fn(made)
  const holder = createHolder<ReturnType<typeof made>>()
  const changed = vi.fn()
  holder.subscribe(changed)
  return { holder, make, changed }
}

test('what is held again in the same task stays as it is', async () => {
  const { holder, make, changed } = setup()
  const letGo = holder.hold('a', make)
  const first = holder.current()
  letGo()
  holder.hold('a', make)
  await Promise.resolve()
  expect(holder.current()).toBe(first)
  expect(make).toHaveBeenCalledTimes(1)
  expect(changed).toHaveBeenCalledTimes(1)
  expect(first?.close).not.toHaveBeenCalled()
})

test('what is let go is closed, and the next is another', async () => {
  const { holder, make, changed } = setup()
  const letGo = holder.hold('a', make)
  const first = holder.current()
  letGo()
  await Promise.resolve()
  expect(first?.close).toHaveBeenCalledTimes(1)
  expect(holder.current()).toBeUndefined()
  expect(changed).toHaveBeenCalledTimes(2)
  holder.hold('a', make)
  expect(holder.current()).not.toBe(first)
})

test('another key closes the one before at once', async () => {
  const { holder, make } = setup()
  const letGo = holder.hold('a', make)
  const first = holder.current()
  letGo()
  holder.hold('b', make)
  expect(first?.close).toHaveBeenCalledTimes(1)
  await Promise.resolve()
  expect(holder.current()).toMatchObject({ key: 'b' })
  expect(holder.current()?.close).not.toHaveBeenCalled()
})

test('what cannot be made leaves nothing behind, and can be tried again', () => {
  const { holder, make } = setup()
  holder.hold('a', make)
  const first = holder.current()
  const fail = () => {
    throw new Error('no such place')
  }
  expect(() => holder.hold('b', fail)).toThrow('no such place')
  expect(first?.close).toHaveBeenCalledTimes(1)
  expect(holder.current()).toBeUndefined()
  holder.hold('b', make)
  expect(holder.current()).toMatchObject({ key: 'b' })
})
