import type { Check } from './check.js'
import { checks } from './checks/index.js'
import type { Result } from './runner.js'
import { unobservable } from './unobservable.js'

const marks = { pass: 'pass       ', fail: 'FAIL       ', 'not checked': 'not checked' } as const

/** The results as text, by section of PROTOCOL.md: one line for each check, more where it failed. */
export function report(results: readonly Result[]): string {
  const lines: string[] = []
  for (const section of new Set(results.map(({ check }) => check.section))) {
    lines.push('', section)
    for (const result of results) {
      if (result.check.section !== section) continue
      const { check, transport, outcome, detail } = result
      lines.push(`  ${marks[outcome]}  ${check.strength.padEnd(6)}  level ${check.level}  ${check.id} [${transport}]`)
      if (outcome !== 'pass') lines.push(`               ${detail}`)
    }
  }
  return lines.join('\n')
}

/** The sentences that a check covers: its own, or those of the check before it that has some. */
export function sentencesOf(check: Check): readonly string[] {
  for (let index = checks.indexOf(check); index >= 0; index--) {
    const sentences = checks[index]?.sentences ?? []
    if (sentences.length > 0) return sentences
  }
  return []
}

/** The tables of docs/protocol-suite.md. */
export function tables(): string {
  const lines = ['| check | level | transports | sentences of PROTOCOL.md |', '|---|---|---|---|']
  for (const check of checks) {
    const kind = check.strength === 'SHOULD' ? `${check.level}, should` : `${check.level}`
    const sentences = sentencesOf(check).map(cell).join('<br>')
    lines.push(`| \`${check.id}\` | ${kind} | ${check.transports.join(', ')} | ${sentences} |`)
  }
  lines.push('', '### What cannot be observed', '', '| sentence | why not |', '|---|---|')
  for (const { sentence, why } of unobservable) lines.push(`| ${cell(sentence)} | ${why} |`)
  return lines.join('\n')
}

/** A sentence as it stands in a cell: a `|` would end it, and links would lead nowhere. */
function cell(sentence: string): string {
  return sentence
    .replace(/^\| | \|$/g, '')
    .replace(/\|/g, '\\|')
    .replace(/\]\(#/g, '](../PROTOCOL.md#')
}
