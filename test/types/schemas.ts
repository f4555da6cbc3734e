// Compiled, never run: what is heard, sent and answered follows from the schemas, whoever made them.
import { type } from 'arktype'
import { type ConnectOptions, connect, plain, type StandardSchema } from 'holdfast'
import { createHub } from 'holdfast/server'
import * as v from 'valibot'
import { z } from 'zod'

/** Compiles where both are the same type, and not merely where one fits the other. */
function same<One, Other>(
  ..._: (<T>() => T extends One ? 1 : 2) extends <T>() => T extends Other ? 1 : 2 ? [] : [never]
): void {}

interface Given {
  symbol: string
  at: string
}
interface Made {
  symbol: string
  at: number
}
const schemas = {
  zod: z.object({ symbol: z.string(), at: z.string().transform(Number) }),
  valibot: v.object({ symbol: v.string(), at: v.pipe(v.string(), v.transform(Number)) }),
  arktype: type({ symbol: 'string', at: 'string.numeric.parse' }),
}
const optional = { typing: z.string().optional() }

/* ------------------------------------------------------------------ the page hears what a schema makes, and sends what it takes */

const live = connect('/live', { schema: schemas, sendSchema: { ...schemas, ...optional }, replySchema: schemas })
live.on('zod', ({ data }) => same<typeof data, Made>())
live.on('valibot', ({ data }) => same<typeof data, Made>())
live.on('arktype', ({ data }) => same<typeof data, Made>())
// @ts-expect-error there is no such event
live.on('typing', () => {})
live.send('zod', { symbol: 'X', at: '7' }).then((reply) => same<typeof reply, Made>())
live.send('valibot', { symbol: 'X', at: '7' })
live.send('arktype', { symbol: 'X', at: '7' })
live.send('typing').then((reply) => same<typeof reply, unknown>())
// @ts-expect-error the schema takes a text
live.send('zod', { symbol: 'X', at: 7 })
// @ts-expect-error it takes something
live.send('valibot')

const heard = connect('/live', { schema: { zod: schemas.zod } })
heard.send('anything', 7)
const answer = connect('/v1', { protocol: plain(), schema: { message: schemas.zod } })
answer.on('message', ({ data }) => same<typeof data, Made>())
answer.send('a frame')

/* ------------------------------------------------------------------ with types that are said, schemas must fit them */

connect<{ price: Made; chat: string }>('/live', { schema: { price: schemas.valibot } }).on('chat', ({ data }) =>
  data.at(0),
)
// @ts-expect-error it makes something else
connect<{ price: Given }>('/live', { schema: { price: schemas.zod } })
// @ts-expect-error there is no such event
connect<{ price: Made }>('/live', { schema: { prize: schemas.zod } })
// @ts-expect-error this is no schema
connect('/live', { schema: { price: 7 } })
// @ts-expect-error a schema stands for each type
connect('/live', { schema: schemas.zod })
const options: ConnectOptions<{ price: Made }> = { schema: { price: schemas.arktype } }
const own: StandardSchema<string, number> = {
  '~standard': { version: 1, vendor: 'own', validate: (value) => ({ value: Number(value) }) },
}
connect('/live', { schema: { own } }).on('own', ({ data }) => same<typeof data, number>())

/* ------------------------------------------------------------------ the hub publishes what a schema takes, and gets what it makes */

const hub = createHub({ schema: schemas, sendSchema: { zod: schemas.zod }, replySchema: { zod: schemas.zod } })
hub.publish('zod', { symbol: 'X', at: '7' }, { topic: 'prices' })
hub.publish('valibot', { symbol: 'X', at: '7' })
hub.publish('arktype', { symbol: 'X', at: '7' })
// @ts-expect-error the schema takes a text
hub.publish('arktype', { symbol: 'X', at: 7 })
// @ts-expect-error there is no such event
hub.publish('chat', 'hi')
hub.onMessage(({ data, publish }) => {
  same<typeof data, Made>()
  publish('zod', { symbol: 'X', at: '7' })
  return { symbol: 'X', at: '7' }
})
// @ts-expect-error the schema of the reply takes a text
hub.onMessage(() => ({ symbol: 'X', at: 7 }))
createHub({ schema: schemas }).onMessage(({ type, data }) => {
  same<typeof type, string>()
  same<typeof data, unknown>()
})
// @ts-expect-error this is no schema
createHub({ schema: { price: 7 } })
