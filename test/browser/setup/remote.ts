import { onTestFinished } from 'vitest'
import { commands } from 'vitest/browser'
import type { Makers } from './commands.js'

type Made<Kind extends keyof Makers> = Awaited<ReturnType<Makers[Kind]>>

/** An object that lives in Node, seen from a browser: its methods return promises, and `url` is there at once. */
export type Remote<Local> = {
  [Name in keyof Local as Local[Name] extends (...args: never[]) => unknown ? Name : never]: Local[Name] extends (
    ...args: infer Args
  ) => infer Result
    ? (...args: Args) => Promise<Awaited<Result>>
    : never
} & { readonly url: string }

/** Makes it in Node, and closes it when the test is over. */
export async function remote<Kind extends keyof Makers>(
  kind: Kind,
  ...args: Parameters<Makers[Kind]>
): Promise<Remote<Made<Kind>>> {
  const { id, url } = await commands.create(kind, ...args)
  const call = (method: string, args: unknown[]) => commands.call(id, method, ...args)
  const target = new Proxy({ url } as Remote<Made<Kind>>, {
    get(target, name) {
      // `then` would make an await of it call Node.
      if (name in target || typeof name !== 'string' || name === 'then') return Reflect.get(target, name)
      return (...args: unknown[]) => call(name, args)
    },
  })
  let closed = false
  onTestFinished(async () => {
    if (!closed) await call('close', [])
    closed = true
  })
  return target
}
