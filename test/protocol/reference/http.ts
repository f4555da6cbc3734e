import type { IncomingMessage, ServerResponse } from 'node:http'
import { authorize, type Principal } from './authorize.js'
import type { Stream } from './stream.js'
import { errors, type Hello, integer, Refusal, readQuery } from './wire.js'

/** SSE, long-poll and POST. */
export class HttpCarriers {
  constructor(readonly stream: Stream) {}

  allowsOrigin(request: IncomingMessage): boolean {
    const { origin, host } = request.headers
    return origin === undefined || origin === `http://${host}`
  }

  headers(): Record<string, string> {
    return {
      'content-type': 'text/event-stream; charset=utf-8',
      'cache-control': 'no-cache, no-transform',
      'x-accel-buffering': 'no',
    }
  }

  async answer(request: IncomingMessage, response: ServerResponse, query: URLSearchParams): Promise<void> {
    try {
      if (!this.allowsOrigin(request)) throw new Refusal('forbidden', 'another site may not speak for its visitor')
      if (request.method === 'POST') return await this.post(request, response)
      this.stream.enter()
      const poll = query.get('carrier') === 'poll'
      const wait = integer(query.get('wait'), 'wait', 0, 0)
      const hello = readQuery(query)
      const principal = authorize(request.headers.authorization)
      if (poll) this.poll(hello, principal, wait, response)
      else this.endless(hello, principal, response)
    } catch (error) {
      this.refuse(response, error instanceof Refusal ? error : new Refusal('internal', String(error)))
    }
  }

  refuse(response: ServerResponse, { code, message }: Refusal): void {
    response.writeHead(errors[code][0], { 'content-type': 'application/json' }).end(JSON.stringify({ code, message }))
  }

  endless(hello: Hello, principal: Principal, response: ServerResponse): void {
    const { speech } = this.stream
    const { text, topics } = this.stream.welcome(hello, principal)
    response.writeHead(200, this.headers()).write(speech.padding() + speech.open() + text)
    const leave = this.stream.join(topics, principal, {
      write: (said) => void response.write(said),
      end: (refusal) => void response.end(speech.error(refusal)),
    })
    response.on('close', leave)
  }

  poll(hello: Hello, principal: Principal, wait: number, response: ServerResponse): void {
    const { text, news, topics } = this.stream.welcome(hello, principal)
    response.writeHead(200, this.headers()).write(this.stream.speech.open() + text)
    if (news || wait === 0) return void response.end(this.whole(''))
    const finish = (said: string): void => {
      clearTimeout(timer)
      this.stream.listeners.delete(listener)
      response.end(this.whole(said))
    }
    const listener = { topics, write: finish }
    const timer = setTimeout(() => finish(''), wait)
    this.stream.listeners.add(listener)
    response.on('close', () => finish(''))
  }

  /** The end of an answer that holds all there is. */
  whole(said: string): string {
    const position = this.stream.speech.position(this.stream.history.position())
    return said === position ? said : said + position
  }

  async post(request: IncomingMessage, response: ServerResponse): Promise<void> {
    if (this.stream.speech.level < 3) return void response.writeHead(405).end()
    if (!this.allowsPost(request)) return void response.writeHead(415).end()
    const principal = authorize(request.headers.authorization)
    const chunks: Buffer[] = []
    for await (const chunk of request) chunks.push(chunk)
    const results = this.stream.send(Buffer.concat(chunks).toString(), principal)
    response.writeHead(200, this.headers()).flushHeaders()
    for (const result of results) response.write(await result)
    response.end()
  }

  allowsPost(request: IncomingMessage): boolean {
    return request.headers['content-type'] === 'application/json'
  }
}
