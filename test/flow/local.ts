import { onTestFinished } from 'vitest'
import { makers } from '../support/makers.js'
import { type Make, remoteOf } from '../support/remote.js'

/** Makes a server or a middlebox, for a test that runs in Node beside them. */
export const local: Make = async (kind, ...args) => {
  const maker: (...args: never[]) => Promise<{ url: string; close(): unknown }> = makers[kind]
  const object = await maker(...(args as never[]))
  onTestFinished(async () => {
    await object.close()
  })
  return remoteOf(object.url, async (method, given) => Reflect.get(object, method).apply(object, given))
}
