import type { Made, Makers } from './makers.js'

/** An object that may live in another process: its methods return promises, and `url` is there at once. */
export type Remote<Local> = {
  [Name in keyof Local as Local[Name] extends (...args: never[]) => unknown ? Name : never]: Local[Name] extends (
    ...args: infer Args
  ) => infer Result
    ? (...args: Args) => Promise<Awaited<Result>>
    : never
} & { readonly url: string }

/** Makes one, and closes it when the test is over. */
export type Make = <Kind extends keyof Makers>(
  kind: Kind,
  ...args: Parameters<Makers[Kind]>
) => Promise<Remote<Made<Kind>>>

/** @param call calls a method of the object, wherever it is */
export function remoteOf<Kind extends keyof Makers>(
  url: string,
  call: (method: string, args: unknown[]) => Promise<unknown>,
): Remote<Made<Kind>> {
  return new Proxy({ url } as Remote<Made<Kind>>, {
    get(target, name) {
      // `then` would make an await of it a call.
      if (name in target || typeof name !== 'string' || name === 'then') return Reflect.get(target, name)
      return (...args: unknown[]) => call(name, args)
    },
  })
}
