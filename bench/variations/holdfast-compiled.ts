//# allFunctionsCalledOnLoad
import type { Variants } from '../contract.js'

// As the file for script tags says to the browser (V8's explicit compile hints): all of it is compiled while it loads.

export { open, serve } from '../contenders/holdfast.js'

export const variants = {
  'Holdfast, compiled on load': 'any',
  'Holdfast, websocket, compiled on load': 'websocket',
  'Holdfast, sse, compiled on load': 'stream',
  'Holdfast, long-poll, compiled on load': 'poll',
} satisfies Variants
