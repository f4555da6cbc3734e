import * as Holdfast from '../../../src/index.js'
import '../pages/run.js'

self.addEventListener('connect', (event) => {
  const [port] = event instanceof MessageEvent ? event.ports : []
  if (port !== undefined) port.onmessage = ({ data }) => runHoldfast(Holdfast, data, (word) => port.postMessage(word))
})
