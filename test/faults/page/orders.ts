import type { Order } from './messages.js'

// What becomes of a page, done from inside it. This file is loaded before the client connects: it owns the page's clocks.

const realNow = Date.now.bind(Date)
const realPerformance = performance.now.bind(performance)
let skew = 0
Date.now = () => realNow() + skew
performance.now = () => realPerformance() + skew

/** The machine's time, whatever the page believes. */
export const now = (): number => realNow()

let slowUntil = 0
let each = 0

/** To be called for every event: takes as long as the page was told. */
export function linger(): void {
  if (now() < slowUntil) block(each)
}

function block(ms: number): void {
  const end = now() + ms
  while (now() < end);
}

export function obey(order: Order, desk: string): void {
  switch (order.order) {
    case 'block':
      // After the answer to this one; a timer might be throttled.
      afterTask(() => block(order.ms))
      return
    case 'slow':
      slowUntil = now() + order.ms
      each = order.each
      return
    case 'jump':
      skew += order.ms
      return
    case 'event':
      dispatchEvent(new Event(order.event))
      return
    case 'away':
      location.href = `${desk}/elsewhere?ms=${order.ms}`
      return
    case 'reload':
      location.reload()
      return
  }
}

function afterTask(action: () => void): void {
  const { port1, port2 } = new MessageChannel()
  port1.onmessage = action
  port2.postMessage('')
}
