import { onTestFinished } from 'vitest'
import { type Makers, makers } from '../support/makers.js'
import { type Make, remoteOf } from '../support/remote.js'

/** Makes a server or a middlebox, for a test that runs in Node beside them. */
export const local: Make = async <Kind extends keyof Makers>(kind: Kind, ...args: Parameters<Makers[Kind]>) => {
  const maker: (...args: never[]) => Promise<{ url: string; close(): unknown }> = makers[kind]
  const object = await maker(...(args as never[]))
  onTestFinished(async () => {
    await object.close()
  })
  return remoteOf<Kind>(object.url, async (method, given) => Reflect.get(object, method).apply(object, given))
}
