import { check, type Failures } from './check.js'

// A dedicated or a shared worker that checks what it is told to.
const answer = (say: (failures: Failures) => void) => async (event: MessageEvent) => say(await check(event.data))

if ('postMessage' in self) self.onmessage = answer((failures) => self.postMessage(failures))
else
  addEventListener('connect', (event) => {
    const [port] = event instanceof MessageEvent ? event.ports : []
    if (port) port.onmessage = answer((failures) => port.postMessage(failures))
  })
