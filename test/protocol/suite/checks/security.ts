import { members } from '../block.js'
import { type Check, every, overHttp, webSocketOnly } from '../check.js'
import { mustBeErrorResponse, mustBeRefused } from '../refused.js'
import { must, mustEqual, NotChecked } from '../violation.js'

const origins =
  'A server MUST check `Origin` on the upgrade, on `GET` and on `POST`, and refuse (403) what it does not allow.'
const foreign = 'https://elsewhere.example'
const [alice, bob] = ['Bearer suite-alice', 'Bearer suite-bob']

/** Who may hear and say what. */
export const securityChecks: readonly Check[] = [
  {
    id: 'security.origin',
    section: 'Security',
    level: 1,
    strength: 'MUST',
    sentences: [origins],
    transports: overHttp,
    async run(subject) {
      if (subject.control.facts.anyOrigin === true) throw new NotChecked('the server allows every origin')
      const carrier = await subject.open({}, { origin: foreign })
      mustBeErrorResponse(await carrier.ended(), 'forbidden', carrier)
    },
  },
  {
    id: 'security.origin-of-upgrade',
    section: 'Security',
    level: 1,
    strength: 'MUST',
    sentences: [
      origins,
      'A WebSocket is refused with an HTTP status only for its `Origin` (403), its path, or when the server has too many connections (503)',
    ],
    transports: webSocketOnly,
    async run(subject) {
      if (subject.control.facts.anyOrigin === true) throw new NotChecked('the server allows every origin')
      const carrier = await subject.open({}, { origin: foreign })
      // One that was upgraded says so by ending with a close code, or not at all.
      const { refused } = carrier.end ?? {}
      must(refused !== undefined, `the upgrade from another site was not refused. ${carrier.transcript()}`)
      mustEqual(refused.status, 403, 'the HTTP status')
    },
  },
  {
    id: 'security.origin-of-post',
    section: 'Security',
    level: 3,
    strength: 'MUST',
    sentences: [origins],
    transports: overHttp,
    async run(subject) {
      if (subject.control.facts.anyOrigin === true) throw new NotChecked('the server allows every origin')
      const client = subject.client()
      await subject.listen({ client })
      const message = { number: 1, type: 'echo', data: null }
      const body = JSON.stringify({ holdfast: 'send', client, unacknowledged: 1, messages: [message] })
      const carrier = await subject.post(body, { origin: foreign })
      mustBeErrorResponse(await carrier.ended(), 'forbidden', carrier)
    },
  },
  {
    id: 'security.unauthorized',
    section: 'error',
    level: 1,
    strength: 'MUST',
    sentences: [
      '| `unauthorized` | 401 | 1008 | asks for headers once more; stops if these are refused too |',
      'all else is said after the upgrade, since browsers hide the status.',
    ],
    transports: every,
    needs: ['tokens'],
    async run(subject) {
      await mustBeRefused(await subject.open({}, { authorization: 'Bearer suite-refused' }), 'unauthorized')
    },
  },
  {
    id: 'security.forbidden',
    section: 'error',
    level: 1,
    strength: 'MUST',
    sentences: ['| `forbidden` | 403 | 1008 | asks for headers once more; stops if these are refused too |'],
    transports: every,
    needs: ['tokens'],
    async run(subject) {
      await mustBeRefused(await subject.open({}, { authorization: 'Bearer suite-forbidden' }), 'forbidden')
    },
  },
  {
    id: 'security.principal',
    section: 'ready',
    level: 1,
    strength: 'MUST',
    sentences: ['`principal`: an opaque tag, the same as long as the stream is that of the same principal.'],
    transports: every,
    needs: ['tokens'],
    async run(subject) {
      const tag = async (authorization: string): Promise<unknown> =>
        members(await (await subject.open({}, { authorization })).own('ready')).principal
      const [first, second, other] = [await tag(alice), await tag(alice), await tag(bob)]
      if (first === undefined) throw new NotChecked('the server gives no principal')
      mustEqual(second, first, 'the tag of the same principal')
      must(other !== first, `two principals have one tag: ${first}`)
    },
  },
  {
    id: 'security.hello-headers',
    section: 'In a message',
    level: 1,
    strength: 'MUST',
    sentences: ['The server gives them to the same authorization that sees HTTP headers'],
    transports: webSocketOnly,
    needs: ['tokens'],
    async run(subject) {
      const upgraded = members(await (await subject.open({}, { authorization: alice })).own('ready'))
      const carrier = await subject.openBare()
      const ready = await subject.greet(carrier, 1, { headers: { authorization: alice } })
      mustEqual(ready.principal, upgraded.principal, 'the principal, by a header of the hello')
      const refused = await subject.openBare()
      const headers = { authorization: 'Bearer suite-refused' }
      subject.say(refused, { holdfast: 'hello', hello: 1, version: 1, headers })
      await mustBeRefused(refused, 'unauthorized')
    },
  },
  {
    id: 'security.hello-headers-override',
    section: 'In a message',
    level: 1,
    strength: 'MUST',
    sentences: [
      'they MUST NOT override `cookie`, `origin` or `host`, nor those the request itself brought by other means.',
    ],
    transports: webSocketOnly,
    needs: ['tokens'],
    async run(subject) {
      const { principal } = members(await (await subject.open({}, { authorization: alice })).own('ready'))
      if (principal === undefined) throw new NotChecked('the server gives no principal')
      const carrier = await subject.openBare({ authorization: alice })
      subject.say(carrier, { holdfast: 'hello', hello: 1, version: 1, headers: { authorization: bob } })
      const answer = await carrier.next('a ready or an error', ({ type }) => /ready|error/.test(type ?? ''))
      if (answer.type === 'holdfast:error') return
      mustEqual(members(answer).principal, principal, 'the principal: that of the header that the request brought')
    },
  },
]
