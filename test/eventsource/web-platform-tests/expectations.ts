// What fails with our EventSource, and why. Whoever changes this list changes the table in docs/eventsource.md.

const trusted = 'Only events that the browser itself fires are trusted; what a script dispatches is not.'
const preflight =
  'The server answers no preflight for Last-Event-ID. The browser’s own EventSource sends the header without one; `fetch` cannot.'
const stopped = '`window.stop()` rejects a `fetch` of Chromium as a broken network does.'

/** Failing subtests, and the reason for each. */
export const expectedFailures: Readonly<Record<string, string>> = {
  '/eventsource/eventsource-onmessage-trusted.any.html | EventSource message events are trusted': trusted,
  '/eventsource/eventsource-onmessage-trusted.any.worker.html | EventSource message events are trusted': trusted,
  '/eventsource/eventsource-request-cancellation.window.html | EventSource: request cancellation': stopped,
  '/eventsource/request-credentials.window.html | EventSource: credentials: credentials enabled': preflight,
  '/eventsource/request-credentials.window.html | EventSource: credentials: credentials disabled': preflight,
  '/eventsource/request-credentials.window.html | EventSource: credentials: credentials default': preflight,
  '/eventsource/eventsource-cross-origin-preflight.window.html | EventSource: cross-origin preflight - safe `last-event-id` (no preflight)':
    preflight,
  '/eventsource/eventsource-cross-origin-preflight.window.html | EventSource: cross-origin preflight - unsafe `last-event-id` (too long)':
    preflight,
  '/eventsource/eventsource-cross-origin-preflight.window.html | EventSource: cross-origin preflight - unsafe `last-event-id` (unsafe characters)':
    preflight,
}

const hosts = 'Chromium takes a space in the name of a host.'
const charset = 'Chromium takes no other charset than UTF-8 in the content type.'
const unsafe = 'Chromium asks for no preflight, whatever the id holds.'

/** What fails in Chromium itself: where another fails, or none of these, this runner is not what the tests need. */
export const nativeFailures: Readonly<Record<string, string>> = {
  '/eventsource/eventsource-constructor-url-bogus.any.html | EventSource: constructor (invalid URL)': hosts,
  '/eventsource/eventsource-constructor-url-bogus.any.worker.html | EventSource: constructor (invalid URL)': hosts,
  '/eventsource/format-utf-8.any.html | EventSource always UTF-8': charset,
  '/eventsource/format-utf-8.any.worker.html | EventSource always UTF-8': charset,
  '/eventsource/eventsource-cross-origin-preflight.window.html | EventSource: cross-origin preflight - unsafe `last-event-id` (too long)':
    unsafe,
  '/eventsource/eventsource-cross-origin-preflight.window.html | EventSource: cross-origin preflight - unsafe `last-event-id` (unsafe characters)':
    unsafe,
}
