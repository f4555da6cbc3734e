import { connect } from 'holdfast'

/** A page that shows prices as they come, how it is connected, and what became of an order. Returns what takes it away. */
export function showPrices(root, url) {
  root.innerHTML = '<p></p><p hidden>Some prices were missed.</p><ul></ul><button type="button">Buy</button><p></p>'
  const [state, missed, list, button, answer] = root.children
  const rows = new Map()
  const live = connect(url)

  live.onStateChange(({ status, transport }) => {
    state.textContent = status === 'open' ? `live by ${transport}` : status
  })
  live.onGap(() => {
    missed.hidden = false
  })
  live.on('price', ({ data: { symbol, value } }) => {
    const row = rows.get(symbol) ?? list.appendChild(document.createElement('li'))
    rows.set(symbol, row)
    row.textContent = `${symbol} ${value}`
  })
  button.addEventListener('click', async () => {
    answer.textContent = await live.send('buy', { symbol: 'X' }).catch((error) => error.message)
  })

  return () => {
    live.close()
    root.replaceChildren()
  }
}
