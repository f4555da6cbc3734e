import { expect, test, vi } from 'vitest'
import { connect } from '../../../src/core.js'
import { pass, random, tick, useFakeTime } from '../../support/fake-time.js'
import { blocks, scripted } from '../../support/scripted-transport.js'

useFakeTime()

const URL = 'http://app.test/live'

const HOUR = 3_600_000

const hello = () => blocks.open({ heartbeat: 2 * HOUR }) + blocks.ready('g.0')

/** One visit: a WebSocket that fails as told, SSE that works. */
async function visit(how: 'refused' | 'hangs' | 'works', transports = pair()) {
  const { websocket, sse } = transports
  const live = connect(URL, { transports: [websocket, sse] })
  await tick()
  const first = websocket.runs.length ? 'websocket' : 'sse'
  const together = websocket.runs.length === 1 && sse.runs.length === 1
  if (how === 'refused' && websocket.runs.length) websocket.run$.fail(new Error('refused'))
  if (how === 'works') websocket.run$.say(hello())
  await pass(how === 'works' ? 0 : 300)
  if (how === 'works') websocket.run$.say(blocks.pong())
  else sse.run$.say(hello())
  if (how === 'hangs') await pass(10_000)
  await tick()
  const { remembered } = live.explain()
  live.close()
  return { first, together, remembered: remembered.map(({ transport, failures }) => [transport, failures]) }
}

const pair = () => ({ websocket: scripted('websocket', 'message'), sse: scripted('sse', 'stream') })

test('what failed while another was up has no head start on the next visit', async () => {
  expect(await visit('refused')).toEqual({ first: 'websocket', together: false, remembered: [['websocket', 1]] })
  expect(await visit('refused')).toEqual({ first: 'websocket', together: true, remembered: [['websocket', 2]] })
})

test('and its failure there takes nothing from the head start of the next', async () => {
  await visit('refused')
  const { websocket, sse } = pair()
  const poll = scripted('long-poll', 'body')
  const live = connect(URL, { transports: [websocket, sse, poll] })
  await tick()
  websocket.run$.fail(new Error('refused'))
  await pass(299)
  expect([sse.runs.length, poll.runs.length]).toEqual([1, 0])
  await pass(1)
  expect([sse.runs.length, poll.runs.length]).toEqual([1, 1])
  live.close()
})

test('where it fails last, those that hang have their last chance', async () => {
  await visit('refused')
  const { websocket, sse } = pair()
  const live = connect(URL, { transports: [websocket, sse] })
  await pass(300)
  websocket.run$.fail(new Error('refused'))
  await pass(1_500)
  expect(sse.run$.task.signal.aborted).toBe(true)
  live.close()
})

test('in the next round it is tried last, and has its chance beside the others', async () => {
  random(0)
  const { websocket, sse } = pair()
  const runs = [vi.spyOn(websocket, 'run'), vi.spyOn(sse, 'run')]
  const live = connect(URL, { transports: [websocket, sse] })
  await tick()
  websocket.run$.fail(new Error('refused'))
  await tick()
  sse.run$.say(hello())
  await tick()
  sse.run$.fail(new Error('cut'))
  await tick()
  expect([websocket.runs.length, sse.runs.length]).toEqual([2, 2])
  const [websocketBegan = 0, sseBegan = 0] = runs.map(({ mock }) => mock.invocationCallOrder[1])
  expect(sseBegan).toBeLessThan(websocketBegan)
  live.close()
})

test('on the next visit what passed last is tried before all that did not', async () => {
  const first = { ...pair(), poll: scripted('long-poll', 'body') }
  const live = connect(URL, { transports: [first.websocket, first.sse, first.poll] })
  await tick()
  first.websocket.run$.fail(new Error('refused'))
  await pass(300)
  first.poll.run$.say(hello())
  await pass(10_000)
  expect(live.explain().remembered.map(({ transport }) => transport)).toEqual(['websocket', 'sse'])
  live.close()
  const next = { ...pair(), poll: scripted('long-poll', 'body') }
  const again = connect(URL, { transports: [next.websocket, next.sse, next.poll] })
  await tick()
  // The first is on its way before it is known that it is not trusted.
  expect([next.websocket, next.sse, next.poll].map(({ runs }) => runs.length)).toEqual([1, 0, 1])
  again.close()
})

test('where there is one transport alone, nobody asks what is remembered', async () => {
  const getItem = vi.fn(() => null)
  vi.stubGlobal('localStorage', { getItem, setItem() {} })
  const { websocket } = pair()
  const live = connect(URL, { transports: [websocket] })
  await tick()
  websocket.run$.say(hello())
  await tick()
  websocket.run$.say(blocks.pong())
  await tick()
  expect(live.state.status).toBe('open')
  expect(getItem).not.toHaveBeenCalled()
  expect(live.explain().remembered).toEqual([])
  expect(getItem).toHaveBeenCalledOnce()
  live.close()
})

test('a WebSocket that hangs is remembered as well', async () => {
  expect((await visit('hangs')).remembered).toEqual([['websocket', 1]])
  expect(await visit('hangs')).toMatchObject({ together: true, remembered: [['websocket', 2]] })
})

test('what was learned expires after an hour', async () => {
  await visit('refused')
  await pass(HOUR - 1000)
  expect((await visit('refused')).together).toBe(true)
  await pass(HOUR)
  expect(await visit('refused')).toEqual({ first: 'websocket', together: false, remembered: [['websocket', 1]] })
})

test('what passes again is forgiven', async () => {
  await visit('refused')
  expect((await visit('works')).remembered).toEqual([])
  expect((await visit('refused')).together).toBe(false)
})

test('it is remembered for each origin', async () => {
  await visit('refused')
  const { websocket, sse } = pair()
  const live = connect('http://other.test/live', { transports: [websocket, sse] })
  await tick()
  expect([websocket.runs.length, sse.runs.length]).toEqual([1, 0])
  expect(live.explain().remembered).toEqual([])
  live.close()
})

test('a server that is down teaches nothing', async () => {
  random(0)
  const { websocket, sse } = pair()
  const live = connect(URL, { transports: [websocket, sse] })
  for (let turn = 0; turn < 5; turn++) {
    await tick()
    websocket.run$.fail(new Error('down'))
    await tick()
    sse.run$.fail(new Error('down'))
    await tick()
  }
  expect(live.explain().remembered).toEqual([])
  expect(websocket.runs.length).toBe(sse.runs.length + 1)
  live.close()
})

test('a token that is refused teaches nothing about the way', async () => {
  const { websocket, sse } = pair()
  const live = connect(URL, { transports: [websocket, sse], headers: () => ({ authorization: 'old' }) })
  await tick()
  websocket.run$.say(blocks.open() + blocks.error('forbidden'))
  await tick()
  sse.run$.say(hello())
  expect(live.state.transport).toBe('sse')
  expect(live.explain().remembered).toEqual([])
  live.close()
})

test('a probe that is refused for its old token teaches nothing about the way', async () => {
  const { websocket, sse } = pair()
  const live = connect(URL, { transports: [sse, websocket], headers: () => ({ authorization: 'old' }) })
  await tick()
  sse.run$.fail(new Error('blocked'))
  await tick()
  websocket.run$.say(hello())
  await tick()
  websocket.run$.say(blocks.pong())
  await pass(30_000)
  expect(live.explain().remembered).toMatchObject([{ transport: 'sse', failures: 1 }])
  sse.run$.say(blocks.open() + blocks.error('unauthorized'))
  await tick()
  expect(live.explain().remembered).toMatchObject([{ transport: 'sse', failures: 1 }])
  live.close()
})

test.each(['unavailable', 'too-many', 'internal'])('a server that speaks (%s) was reached', async (code) => {
  const { websocket, sse } = pair()
  const live = connect(URL, { transports: [websocket, sse] })
  await tick()
  websocket.run$.say(blocks.open() + blocks.error(code))
  await tick()
  sse.run$.say(hello())
  expect(live.explain().remembered).toEqual([])
  live.close()
})

test.each([
  ['absent', () => vi.stubGlobal('localStorage', undefined)],
  [
    'forbidden',
    () => {
      vi.spyOn(globalThis, 'localStorage', 'get').mockImplementation(() => {
        throw new DOMException('no', 'SecurityError')
      })
    },
  ],
  [
    'full',
    () => {
      vi.stubGlobal('localStorage', {
        getItem: () => null,
        setItem() {
          throw new DOMException('full', 'QuotaExceededError')
        },
      })
    },
  ],
])('where storage is %s, it is remembered for this connection', async (_, spoil) => {
  spoil()
  expect((await visit('refused')).remembered).toEqual([['websocket', 1]])
  expect((await visit('refused')).together).toBe(false)
})

test.each([
  'rubbish',
  'null',
  '7',
  '"text"',
  '[]',
  '{"websocket":null}',
  '{"websocket":{"failures":"9","until":1e300}}',
  '{"websocket":{"failures":9,"until":1e300}}',
  '{"websocket":{"failures":9,"until":-1}}',
])('%s in storage does no harm', async (stored) => {
  vi.stubGlobal('localStorage', { getItem: () => stored, setItem() {} })
  const { websocket, sse } = pair()
  const live = connect(URL, { transports: [websocket, sse] })
  await tick()
  expect([websocket.runs.length, sse.runs.length]).toEqual([1, 0])
  expect(live.explain().remembered).toEqual([])
  expect(`${live.explain()}`).toContain('http://app.test/live')
  live.close()
})

test('what expired is not shown as remembered', async () => {
  await visit('refused')
  await pass(HOUR + 1)
  const { websocket, sse } = pair()
  const live = connect(URL, { transports: [websocket, sse] })
  expect(live.explain().remembered).toEqual([])
  live.close()
})

test('it is forgotten when the network changes, and when the page is online again', async () => {
  const connection = new EventTarget()
  vi.stubGlobal('navigator', { connection })
  await visit('refused')
  const { websocket, sse } = pair()
  const live = connect(URL, { transports: [websocket, sse] })
  expect(live.explain().remembered).toHaveLength(1)
  connection.dispatchEvent(new Event('change'))
  expect(live.explain().remembered).toEqual([])
  live.close()
  expect((await visit('refused')).together).toBe(false)
  const another = connect(URL, { transports: [websocket, sse] })
  dispatchEvent(new Event('online'))
  expect(another.explain().remembered).toEqual([])
  another.close()
})
