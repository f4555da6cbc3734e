/**
 * Lets the event loop turn once, whatever clock a test has: no fake one holds up a channel. jsdom hides message channels, but
 * not those that broadcast: msw needs them itself.
 */
export async function turn(): Promise<void> {
  const [from, to] = typeof MessageChannel === 'function' ? messagePorts() : broadcastChannels()
  await new Promise<void>((resolve) => {
    to.onmessage = () => resolve()
    from.postMessage(undefined)
  })
  from.close()
  to.close()
}

/** Turns the event loop until something is so, at most so often. @returns whether it is */
export async function turnUntil(isSo: () => boolean, most: number): Promise<boolean> {
  for (let turns = 0; turns < most && !isSo(); turns += 1) await turn()
  return isSo()
}

function messagePorts(): [MessagePort, MessagePort] {
  const { port1, port2 } = new MessageChannel()
  return [port1, port2]
}

function broadcastChannels(): [BroadcastChannel, BroadcastChannel] {
  const name = 'holdfast: the next turn of the event loop'
  return [new BroadcastChannel(name), new BroadcastChannel(name)]
}
