import type { Planned } from '../../support/event-streams.js'

/** What the standard (HTML, section 9.2) demands of an EventSource, whoever made it. */
export interface Requirement {
  readonly name: string
  check(place: Place): Promise<void>
}

/** Where a requirement is checked. */
export interface Place {
  readonly EventSource: typeof EventSource
  /** A URL of the test server at which visits are answered as planned; another at each call. */
  plan(...answers: Planned[]): string
  /** What it writes down until it is `count` long. */
  hear(url: string, count: number, types?: readonly string[]): Promise<{ heard: string[]; source: EventSource }>
}

function same(found: unknown, wanted: unknown): void {
  const [left, right] = [JSON.stringify(found), JSON.stringify(wanted)]
  if (left !== right) throw new Error(`${left} instead of ${right}`)
}

const TYPE = 'text/event-stream'
const allowed = (type: string) => ({ 'content-type': type, 'access-control-allow-origin': '*' })
const streams = (body: string): Planned => ({ body, open: true })

export const requirements: readonly Requirement[] = [
  {
    name: 'it connects, opens and closes',
    async check({ EventSource, plan }) {
      // Firefox hears of an answer with the first byte of its body.
      const url = plan(streams(':\n\n'))
      const source = new EventSource(url)
      same([source.readyState, source.url, source.withCredentials], [0, url, false])
      await new Promise((resolve) => (source.onopen = resolve))
      same(source.readyState, EventSource.OPEN)
      source.close()
      same([source.readyState, source.CLOSED], [2, 2])
    },
  },
  {
    name: 'lines end with CR, LF or both; one byte order mark is none of the text; comments and unknown fields are ignored',
    async check({ plan, hear }) {
      const body =
        '\uFEFFdata: a\rdata:b\r\n\r\n:data: x\nDATA: y\ndata:  c\n\n\uFEFFdata: z\n\ndata\ndata\n\ndata:…\0\n\n'
      const { heard } = await hear(plan(streams(body)), 5)
      same(heard, ['open', 'message a\nb  ', 'message  c  ', 'message \n  ', 'message …\0  '])
    },
  },
  {
    name: 'events have the type that they were given, and `message` without one',
    async check({ plan, hear }) {
      const body = 'event: price\ndata: 1\n\nevent:\ndata: 2\n\nevent: price\n\ndata: 3\n\n'
      const { heard } = await hear(plan(streams(body)), 4, ['price'])
      same(heard, ['open', 'price 1  ', 'message 2  ', 'message 3  '])
    },
  },
  {
    name: 'an id stays until another comes, and one with NULL is none',
    async check({ plan, hear }) {
      const body = 'id: 1\ndata: a\n\ndata: b\n\nid: x\0\ndata: c\n\nid\ndata: d\n\n'
      const { heard } = await hear(plan(streams(body)), 5)
      same(heard, ['open', 'message a 1 ', 'message b 1 ', 'message c 1 ', 'message d  '])
    },
  },
  {
    name: 'a stream that ends is taken up again, behind the last id',
    async check({ plan, hear }) {
      const url = plan({ body: 'retry: 100\nid: …\ndata: a\n\ndata: lost' }, streams('data: b\n\n'))
      const { heard } = await hear(url, 5)
      same(heard, ['open', 'message a … ', 'error 0', 'open', 'message b … '])
    },
  },
  ...[204, 404, 503].map((status) => ({
    name: `${status} is the end`,
    async check({ plan, hear }: Place) {
      const { heard } = await hear(plan({ status, headers: allowed(TYPE) }), 1)
      same(heard, ['error 2'])
    },
  })),
  {
    name: 'another content type is the end',
    async check({ plan, hear }) {
      same((await hear(plan({ headers: allowed('text/html'), body: 'data: x\n\n' }), 1)).heard, ['error 2'])
    },
  },
  {
    name: 'a stream is UTF-8, whatever its content type says',
    async check({ plan, hear }) {
      const headers = allowed(`${TYPE}; charset=windows-1252`)
      same((await hear(plan({ ...streams('data: …\n\n'), headers }), 2)).heard, ['open', 'message …  '])
    },
  },
  {
    name: 'what CORS forbids is the end',
    async check({ plan, hear }) {
      same((await hear(plan({ headers: { 'content-type': TYPE }, body: 'data: x\n\n' }), 1)).heard, ['error 2'])
    },
  },
  {
    name: 'what is no HTTP is the end',
    check: async ({ hear }) => same((await hear('mailto:a@example.test', 1)).heard, ['error 2']),
  },
  {
    name: 'what is down is tried again',
    // Nobody listens there.
    check: async ({ hear }) => same((await hear('http://127.0.0.1:59', 1)).heard, ['error 0']),
  },
  {
    name: 'a redirect is followed, and the origin is that of its end',
    async check({ plan, EventSource }) {
      const end = plan(streams('data: x\n\n'))
      const source = new EventSource(
        plan({ status: 307, headers: { location: end, 'access-control-allow-origin': '*' } }),
      )
      const { origin } = await new Promise<MessageEvent>((resolve) => (source.onmessage = resolve))
      source.close()
      same(origin, new URL(end).origin)
    },
  },
  {
    name: 'who awaits an event is there for the next',
    async check({ plan, EventSource }) {
      const source = new EventSource(plan(streams('data: 1\n\ndata: 2\n\ndata: 3\n\n')))
      const heard: string[] = []
      while (heard.length < 3) {
        const { data } = await new Promise<MessageEvent>((resolve) => (source.onmessage = resolve))
        await null
        heard.push(data)
      }
      source.close()
      same(heard, ['1', '2', '3'])
    },
  },
  {
    name: 'what is no URL is a SyntaxError',
    async check({ EventSource }) {
      for (const url of ['http://', 'http://this is invalid/']) {
        let error: unknown
        try {
          new EventSource(url).close()
        } catch (caught) {
          error = caught
        }
        same(error instanceof DOMException && error.name, 'SyntaxError')
      }
    },
  },
  {
    name: 'its constants are constant, and it needs new',
    async check({ EventSource }) {
      const { value, writable } = Object.getOwnPropertyDescriptor(EventSource, 'CLOSED') ?? {}
      same([value, writable, EventSource.prototype.OPEN, EventSource.length], [2, false, 1, 1])
      let error: unknown
      try {
        Reflect.apply(EventSource, undefined, ['/'])
      } catch (caught) {
        error = caught
      }
      same(error instanceof TypeError, true)
    },
  },
]
