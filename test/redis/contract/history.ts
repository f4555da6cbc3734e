import { afterEach, expect, test } from 'vitest'
import type { History, HistoryEntry, HistoryListener } from '../../../src/server/index.js'

/** What a hub would hear of a history. */
export class Listening implements HistoryListener {
  readonly heard: HistoryEntry[] = []
  readonly gaps: string[] = []
  /** Both, in their order. */
  readonly log: (HistoryEntry | { readonly gap: string })[] = []
  readonly errors: unknown[] = []
  #waiting: (() => void)[] = []

  entries(entries: readonly HistoryEntry[]): void {
    this.heard.push(...entries)
    this.log.push(...entries)
    this.#wake()
  }

  gap(position: string): void {
    this.gaps.push(position)
    this.log.push({ gap: position })
    this.#wake()
  }

  error(error: unknown): void {
    this.errors.push(error)
    this.#wake()
  }

  get texts(): string[] {
    return this.heard.map(({ text }) => text)
  }

  /** Resolves as soon as it is so. */
  async until(ask: (listening: Listening) => boolean): Promise<void> {
    while (!ask(this)) await new Promise<void>((resolve) => this.#waiting.push(resolve))
  }

  #wake(): void {
    for (const resolve of this.#waiting.splice(0)) resolve()
  }
}

export const item = (text: string, more: { topic?: string; to?: string } = {}) => ({
  topic: more.topic,
  to: more.to,
  text,
})

export async function textsOf(history: History, after: string, limit = 1_000): Promise<string[] | 'unknown'> {
  const page = await history.read(after, limit)
  return page === 'unknown' ? page : page.map(({ text }) => text)
}

/** What every history must do. `make` gives one that is empty. */
export function describeHistory(make: () => History | Promise<History>): void {
  let opened: History[] = []
  afterEach(async () => {
    for (const history of opened) await history.close?.()
    opened = []
  })

  const start = async () => {
    const listening = new Listening()
    const history = await make()
    opened.push(history)
    const position = await history.open(listening)
    return { history, listening, position }
  }

  test('begins at a position of its own', async () => {
    const { history, position } = await start()
    expect(position).toMatch(/^[^\r\n\0]{1,256}$/)
    expect(await history.position()).toBe(position)
    expect(await textsOf(history, position)).toEqual([])
  })

  test('reads what follows a position, page by page, oldest first', async () => {
    const { history, position } = await start()
    const ids = await Promise.all(['a', 'b', 'c'].map((text) => history.append(item(text))))
    expect(new Set(ids).size).toBe(3)
    expect(await textsOf(history, position)).toEqual(['a', 'b', 'c'])
    expect(await textsOf(history, ids[0] ?? '', 1)).toEqual(['b'])
    expect(await textsOf(history, ids[2] ?? '')).toEqual([])
    expect(await history.position()).toBe(ids[2])
  })

  test('feeds what is appended, in order, with the ids and all that it was given', async () => {
    const { history, listening } = await start()
    const items = [
      item('a\n'),
      item('b é 日本 \u{1f600}', { topic: 'room: 7' }),
      item('c', { to: 'ann' }),
      item('', { topic: 't', to: 'bob' }),
    ]
    const ids = await Promise.all(items.map((one) => history.append(one)))
    await listening.until(({ heard }) => heard.length === items.length)
    const expected = items.map((one, index) => ({ ...one, id: ids[index] }))
    expect(listening.heard).toEqual(expected)
    expect(await history.read((await history.read(ids[0] ?? '', 1)) === 'unknown' ? '' : (ids[0] ?? ''), 10)).toEqual(
      expected.slice(1),
    )
    expect([listening.gaps, listening.errors]).toEqual([[], []])
  })

  test('feeds what is ephemeral, without an id, and does not store it', async () => {
    const { history, listening, position } = await start()
    await history.announce(item('here', { topic: 'a', to: 'ann' }))
    await listening.until(({ heard }) => heard.length === 1)
    expect(listening.heard).toEqual([{ id: undefined, topic: 'a', to: 'ann', text: 'here' }])
    expect(await textsOf(history, position)).toEqual([])
  })

  test('knows only its own positions', async () => {
    const { history } = await start()
    const id = await history.append(item('a'))
    const generation = id.slice(0, id.indexOf('.') + 1)
    const rest = id.slice(generation.length)
    const none = ['', 'nonsense', generation, `${generation}2`, `${generation}0${rest}`, `${generation}-1`]
    const near = [`${id}x`, `${id} `, ` ${id}`, `other.${rest}`, rest, `${generation}99999999999999999999-0`]
    for (const position of [...none, ...near]) expect(await textsOf(history, position), position).toBe('unknown')
    expect(await textsOf(history, id)).toEqual([])
  })

  test('many appends at once keep their order', async () => {
    const { history, listening, position } = await start()
    const texts = Array.from({ length: 2_500 }, (_, index) => `${index}`)
    const ids = await Promise.all(texts.map((text) => history.append(item(text))))
    await listening.until(({ heard }) => heard.length === texts.length)
    expect(listening.heard.map(({ id }) => id)).toEqual(ids)
    expect(listening.texts).toEqual(texts)
    expect(await textsOf(history, position, 5_000)).toEqual(texts)
  })
}
