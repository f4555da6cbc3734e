import { createInterface } from 'node:readline'
import { type Middlebox, startMiddlebox } from '../middlebox.js'
import { noFaults } from './faults.js'

/*
 * The middlebox as a program. Its first line is `{"url":…}`. From then on it takes one JSON command per line and answers each
 * with one line, `{"ok":true}` with what there is to tell, or `{"error":…}`:
 *
 *   {"set":{"delay":60,"websocket":{"status":403}}}   spoils so from now on; all faults stand in faults.ts
 *   {"reset":true}                                     lets everything pass again
 *   {"kill":"rst"} {"kill":"fin","kind":"sse"}         ends all connections, or those of one kind
 *   {"hang":"both"} {"hang":"up"} {"hang":"down"}      bytes vanish, connections stay
 *   {"cutAt":"event","how":"fin"}                      cuts every carrier once, at the next such place; answers {"waiting":n}
 *   {"down":true} {"up":true}                          refuses connections; takes them again
 *   {"counts":true} {"forget":true}                    answers {"counts":…}; counts from zero again
 *
 * It ends with its input.
 */
const USAGE = 'usage: node test/support/middlebox/run.mjs <URL of the server>'

type Command = Readonly<Record<string, unknown>>

const ENDS = ['fin', 'rst'] as const
const DIRECTIONS = ['both', 'up', 'down'] as const
const PLACES = ['event', 'character', 'id', 'frame', 'header'] as const
const KINDS = [undefined, 'websocket', 'sse', 'poll', 'post', 'preflight', 'other'] as const

const deeds: Record<string, (box: Middlebox, command: Command) => unknown> = {
  set(box, { set }) {
    for (const name of Object.keys(Object(set))) oneOf(Object.keys(noFaults), name)
    box.set(Object(set))
  },
  reset: (box) => box.reset(),
  kill: (box, { kill, kind }) => box.kill(oneOf(ENDS, kill), oneOf(KINDS, kind)),
  hang: (box, { hang }) => box.hang(oneOf(DIRECTIONS, hang)),
  cutAt: (box, { cutAt, how = 'rst' }) => ({ waiting: box.cutAt(oneOf(PLACES, cutAt), oneOf(ENDS, how)) }),
  down: (box) => box.down(),
  up: (box) => box.up(),
  counts: (box) => ({ counts: box.counts() }),
  forget: (box) => box.forget(),
}

function oneOf<Value>(values: readonly Value[], given: unknown): Value {
  for (const value of values) if (value === given) return value
  throw new TypeError(`${JSON.stringify(given)} is none of ${JSON.stringify(values)}.`)
}

async function obey(box: Middlebox, line: string): Promise<object> {
  try {
    const command: Command = Object(JSON.parse(line))
    const name = Object.keys(command).find((key) => Object.hasOwn(deeds, key))
    const deed = deeds[name ?? '']
    if (deed === undefined) throw new TypeError(`${line} is no command. There are: ${Object.keys(deeds).join(', ')}.`)
    return { ok: true, ...Object(await deed(box, command)) }
  } catch (error) {
    return { error: error instanceof Error ? error.message : String(error) }
  }
}

/** @returns the exit code */
export async function main(): Promise<number> {
  const [, , target, ...more] = process.argv
  if (target === undefined || more.length > 0 || !URL.canParse(target)) {
    console.error(USAGE)
    return 1
  }
  const say = (answer: object) => process.stdout.write(`${JSON.stringify(answer)}\n`)
  const box = await startMiddlebox(target)
  say({ url: box.url })
  // One after the other: an answer belongs to the command in its place.
  for await (const line of createInterface({ input: process.stdin })) if (line.trim() !== '') say(await obey(box, line))
  await box.close()
  return 0
}
