// A classic script for pages and workers alike: connects, says what carries and what it hears, and sends one message.
globalThis.runHoldfast = (Holdfast, url, say) => {
  const live = Holdfast.connect(url)
  live.on('number', ({ data }) => say({ number: data }))
  live.closed.then((reason) => say({ closed: reason }))
  live.onStateChange(({ status, transport }) => {
    const used = live.explain().attempts.filter(({ outcome }) => outcome === 'used')
    if (status === 'open') say({ open: transport, used: used.map((attempt) => attempt.transport) })
  })
  live.opened
    .then(async () => say({ reply: await live.send('chat', 'hi') }))
    .catch((error) => say({ error: String(error) }))
}
