/**
 * An iteration as a web stream. The stream holds nothing itself: what waits for its reader waits in the iteration, which
 * knows how much that may be, and what gives way.
 */
export function readable<Item>(items: AsyncIterableIterator<Item>): ReadableStream<Item> {
  return new ReadableStream<Item>(
    {
      async pull(controller) {
        const { done, value } = await items.next()
        if (done) controller.close()
        else controller.enqueue(value)
      },
      async cancel() {
        await items.return?.()
      },
    },
    { highWaterMark: 0 },
  )
}
