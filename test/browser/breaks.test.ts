import { beforeEach } from 'vitest'
import { describeBreaks } from '../flow/scenarios/breaks.js'
import { remote } from './setup/remote.js'

// What a page remembers of an origin must not reach the next test, whose server may get the same port.
beforeEach(() => localStorage.clear())
describeBreaks(remote)
