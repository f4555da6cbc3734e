import { beforeEach } from 'vitest'
import { describeReadable } from '../flow/scenarios/readable.js'
import { remote } from './setup/remote.js'

// What a page remembers of an origin must not reach the next test, whose server may get the same port.
beforeEach(() => localStorage.clear())
describeReadable(remote)
