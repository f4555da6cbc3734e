import type { Browser } from './browsers.js'

/** Worlds that one browser sees: what Firefox keeps of the windows that were closed makes it slow, after a few hundred of them. */
const WORLDS_OF_ONE = 40

interface Reign {
  readonly browser: Promise<Browser>
  worlds: number
  living: number
}

/** One browser after the other. Where there is a new one, the worlds of the one before live on in it to their ends. */
export class Succession {
  readonly #launch: () => Promise<Browser>
  #reign: Reign | undefined

  constructor(launch: () => Promise<Browser>) {
    this.#launch = launch
  }

  /** Hands a browser to one world, for as long as it lives. */
  async use<Result>(live: (browser: Browser) => Promise<Result>): Promise<Result> {
    if (this.#reign?.worlds === WORLDS_OF_ONE) this.#reign = undefined
    const reign = (this.#reign ??= { browser: this.#launch(), worlds: 0, living: 0 })
    reign.worlds++
    reign.living++
    const browser = await reign.browser
    try {
      return await live(browser)
    } finally {
      reign.living--
      if (reign.living === 0 && reign !== this.#reign) await browser.close().catch(() => {})
    }
  }

  /** The browser has crashed: the next world is another's. */
  async depose(browser: Browser): Promise<void> {
    if ((await this.#reign?.browser) === browser) this.#reign = undefined
  }

  /** For when no world is left. */
  async close(): Promise<void> {
    await (await this.#reign?.browser)?.close()
  }
}
