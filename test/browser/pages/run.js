// A classic script for pages and workers alike: connects, says what it hears, and sends one message.
globalThis.runHoldfast = (Holdfast, url, say) => {
  const live = Holdfast.connect(url)
  live.on('number', ({ data }) => say({ number: data }))
  live.closed.then((reason) => say({ closed: reason }))
  live.opened
    .then(async () => {
      say({ open: live.state.transport })
      say({ reply: await live.send('chat', 'hi') })
    })
    .catch((error) => say({ error: String(error) }))
}
