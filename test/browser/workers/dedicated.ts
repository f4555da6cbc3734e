import * as Holdfast from '../../../src/index.js'
import '../pages/run.js'

self.onmessage = ({ data }) => runHoldfast(Holdfast, data, (word) => self.postMessage(word))
