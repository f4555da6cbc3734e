import { connectionKinds } from './connections.js'
import { credentialKinds } from './credentials.js'
import type { Kind } from './kind.js'
import { pageKinds } from './pages.js'
import { serverKinds } from './servers.js'
import { spoiltKinds } from './ways-spoilt.js'

/** The table of faults. */
export const kinds: readonly Kind[] = [
  ...connectionKinds,
  ...spoiltKinds,
  ...serverKinds,
  ...pageKinds,
  ...credentialKinds,
]
