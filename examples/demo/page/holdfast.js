// The library as a module, from the script that the page loads for everybody: `window.Holdfast`.

export const { connect, longPoll, sse, tabs, websocket } = globalThis.Holdfast
