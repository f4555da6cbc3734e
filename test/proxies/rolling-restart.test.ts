import { expect, test } from 'vitest'
import { connectClients, Traffic } from './clients.js'
import { startExample, takeTurns } from './example.js'
import { proxyNames } from './proxies.js'

test.each(proxyNames)(
  '%s: all are asked to move, and nobody meets a process that turns him away',
  async (name) => {
    const clients = await takeTurns(name, 'stop')
    const attempts = clients.map(({ live }) => live.explain().attempts)
    const reasons = attempts.flat().map(({ why }) => why)
    expect(reasons.filter((why) => /This server is about to stop|could not be opened|answered 5/.test(why))).toEqual([])
    // Who is asked leaves a carrier that is good. Some may be so late that the end of the window comes first.
    const left = attempts.flatMap((all) => all.slice(0, -1)).filter(({ outcome }) => outcome === 'used')
    expect(left.length).toBeGreaterThan(0)
  },
  60_000,
)

test('HAProxy: a process whose health check fails keeps whom it has, and gets nobody new', async () => {
  // It would wait for longer than the test.
  const { processes, proxy, url, publish } = await startExample('haproxy', 60_000)
  const [a] = processes
  // Those that stay: every poll is a new request.
  const connect = () => connectClients(url, 2, ['websocket', 'sse'])
  const before = await connect()
  const { clients } = await a.health()
  expect(clients).toBeGreaterThan(0)

  const stopped = expect(a.stop()).rejects.toThrow('ended')
  await proxy.says(/holdfast\/a is DOWN/)
  const after = await connect()
  expect(await a.health()).toMatchObject({ ok: false, clients })
  const traffic = new Traffic([...before, ...after], publish)
  await traffic.flows()
  await traffic.stop()
  await traffic.wordsArrived()
  for (const { live } of before) expect(live.explain().attempts).toHaveLength(1)

  await a.kill()
  await stopped
})
