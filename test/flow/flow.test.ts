import { describe } from 'vitest'
import { local } from './local.js'
import { describeBreaks } from './scenarios/breaks.js'
import { describeCarriers } from './scenarios/carriers.js'
import { describeObstacles } from './scenarios/obstacles.js'
import { describePlain } from './scenarios/plain.js'
import { describeReadable } from './scenarios/readable.js'
import { describeWebStandard } from './scenarios/web-standard.js'

// The real client in Node against the real server. test/browser runs the same scenarios in three browsers.
describe('carriers', () => describeCarriers(local))
describe('obstacles', () => describeObstacles(local))
describe('breaks', () => describeBreaks(local))
describe('plain servers', () => describePlain(local))
describe('hub.fetch', () => describeWebStandard(local))
describe('web streams', () => describeReadable(local))
