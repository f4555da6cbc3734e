// Starts the demo: on PORT, or on 4173, or where that is taken on the next one that is free.
// HOST=0.0.0.0 lets other devices of the network in.

import { startDemo } from './demo.mjs'

const wanted = process.env.PORT
const firstPort = wanted === undefined ? 4173 : Number(wanted)
const ports = wanted === undefined ? Array.from({ length: 20 }, (_, index) => firstPort + index) : [firstPort]

const demo = await start()
console.log(`\n  Holdfast demo: ${demo.url}\n  Stop it with Ctrl+C.\n`)

for (const signal of ['SIGINT', 'SIGTERM']) {
  process.once(signal, async () => {
    await demo.close()
    process.exit(0)
  })
}

async function start() {
  for (const port of ports) {
    try {
      return await startDemo({ port, host: process.env.HOST })
    } catch (error) {
      if (error.code !== 'EADDRINUSE' || port === ports.at(-1)) throw error
    }
  }
}
