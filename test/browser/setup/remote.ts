import { onTestFinished } from 'vitest'
import { commands } from 'vitest/browser'
import type { Makers } from '../../support/makers.js'
import { type Make, remoteOf } from '../../support/remote.js'

/** Makes a server or a middlebox in Node, for a test that runs in a browser. */
export const remote: Make = async <Kind extends keyof Makers>(kind: Kind, ...args: Parameters<Makers[Kind]>) => {
  const { id, url } = await commands.create(kind, ...args)
  onTestFinished(async () => {
    await commands.call(id, 'close')
  })
  return remoteOf<Kind>(url, (method, given) => commands.call(id, method, ...given))
}
