/** pages/run.js: connects, says what carries and what it hears, and sends one message. */
declare function runHoldfast(
  holdfast: typeof import('../../../src/index.js'),
  url: string,
  say: (word: unknown) => void,
): void
