import { readFile } from 'node:fs/promises'
import { availableParallelism, totalmem } from 'node:os'
import { join } from 'node:path'
import { isRecord } from '../record.js'

/** What has to be known to read the figures. */
export interface Circumstances {
  readonly date: string
  readonly rounds: number
  /** The class of the machine: no names. */
  readonly machine: string
  /** Which share of the machine something else took, before or after; 0 where it cannot be known. */
  readonly busy: number
  readonly versions: { readonly [name: string]: string }
}

const PACKAGES = [
  'ws',
  'eventsource-parser',
  'eventsource',
  '@microsoft/fetch-event-source',
  'socket.io',
  '@microsoft/signalr',
  'sockjs',
  'sockjs-client',
  'centrifuge',
]

export async function readCircumstances(
  root: string,
  browser: string,
  rounds: number,
  busy: number,
): Promise<Circumstances> {
  const versions: Record<string, string> = { Holdfast: await versionIn(root) }
  for (const name of PACKAGES) versions[name] = await versionIn(join(root, 'node_modules', name))
  const gibibytes = Math.round(totalmem() / 2 ** 30)
  return {
    date: new Date().toISOString().slice(0, 10),
    rounds,
    busy,
    machine: `${availableParallelism()} cores, ${gibibytes} GiB, ${process.platform} ${process.arch}`,
    versions: { ...versions, Node: process.versions.node, Chromium: browser.replace(/^.*\//, '') },
  }
}

async function versionIn(folder: string): Promise<string> {
  const manifest: unknown = JSON.parse(await readFile(join(folder, 'package.json'), 'utf8'))
  return isRecord(manifest) ? String(manifest.version) : 'unknown'
}
