import { createServer } from 'node:http'
import { createHub } from '../../src/server/index.js'
import { redisHistory } from '../../src/server/redis/index.js'

// A hub in a process of its own (child-hub.ts starts it). Its handler says that it has begun, and goes on when it is told.

const say = (message: object) => process.send?.(message)
const hub = createHub({ history: redisHistory(JSON.parse(process.argv[2] ?? '')) })
hub.onMessage(async ({ number, publish }) => {
  say({ handling: number })
  await new Promise((resolve) => process.once('message', resolve))
  publish('chat', `child ${number}`)
  return 'child'
})
const server = createServer()
hub.attach(server)
process.on('message', async (message) => {
  if (message !== 'close') return
  await hub.close()
  server.close()
  process.disconnect()
})
server.listen(0, '127.0.0.1', () => {
  const address = server.address()
  if (address !== null && typeof address === 'object') say({ url: `http://127.0.0.1:${address.port}` })
})
