import { connectionKinds } from './connections.js'
import { credentialKinds } from './credentials.js'
import type { Kind } from './kind.js'
import { pageKinds } from './pages.js'
import { redisKinds } from './redis.js'
import { serverKinds } from './servers.js'
import { tabKinds } from './tabs.js'
import { spoiltKinds } from './ways.js'

/** The table of faults. */
export const kinds: readonly Kind[] = [
  ...connectionKinds,
  ...spoiltKinds,
  ...serverKinds,
  ...redisKinds,
  ...pageKinds,
  ...tabKinds,
  ...credentialKinds,
]
