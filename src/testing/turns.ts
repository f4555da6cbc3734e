/**
 * Lets the event loop turn once. Whatever clock a test has: no fake clock holds up a message channel, nor, where jsdom hides
 * that, a digest.
 */
export async function turn(): Promise<void> {
  if (typeof MessageChannel !== 'function') {
    await crypto.subtle.digest('SHA-256', new Uint8Array())
    return
  }
  const { port1, port2 } = new MessageChannel()
  await new Promise<void>((resolve) => {
    port1.onmessage = () => resolve()
    port2.postMessage(undefined)
  })
  port1.close()
}

/** Turns the event loop until something is so, at most so often. @returns whether it is */
export async function turnUntil(isSo: () => boolean, most: number): Promise<boolean> {
  for (let turns = 0; turns < most && !isSo(); turns += 1) await turn()
  return isSo()
}
