import { test } from 'vitest'
import { takeTurns } from './example.js'
import { proxyNames } from './proxies.js'

test.each(proxyNames)(
  '%s: clients of a process that is killed go on at the one that is left',
  async (name) => {
    await takeTurns(name, 'kill')
  },
  60_000,
)
