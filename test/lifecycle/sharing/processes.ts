import { readdirSync, readFileSync } from 'node:fs'
import type { BrowserName } from '../../support/browsers.mjs'

/** Whether processes of other programs can be found and stopped here. */
export const hasProcesses = process.platform === 'linux'

const pages: Record<BrowserName, RegExp> = {
  chromium: /--type=renderer/,
  firefox: /-contentproc .*\btab\b/,
  webkit: /WebKitWebProcess/,
}

/** The processes that run pages of the browsers that this process has started. */
export function pageProcesses(name: BrowserName): number[] {
  const children = new Map<number, number[]>()
  for (const entry of readdirSync('/proc').map(Number).filter(Boolean)) {
    const parent = Number(fieldsOf(entry)[1])
    children.set(parent, [...(children.get(parent) ?? []), entry])
  }
  const below = (parent: number): number[] => (children.get(parent) ?? []).flatMap((child) => [child, ...below(child)])
  return below(process.pid).filter((child) => pages[name].test(commandOf(child)))
}

/** State, parent and so on (proc(5)); a process may end while it is looked at, and a zombie is none. */
function fieldsOf(id: number): string[] {
  const stat = read(id, 'stat')
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ')
  return fields[0] === 'Z' ? [] : fields
}

function commandOf(id: number): string {
  return read(id, 'cmdline').replaceAll('\0', ' ')
}

function read(id: number, file: string): string {
  try {
    return readFileSync(`/proc/${id}/${file}`, 'utf8')
  } catch {
    return ''
  }
}
