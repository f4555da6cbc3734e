import { afterAll, beforeAll, describe } from 'vitest'
import type { BrowserName } from '../../support/browsers.mjs'
import { type Engine, engineNames, robustEngines } from '../engines.js'
import { silentFaults, toldFaults } from './faults.js'
import { handover } from './handover.js'
import { many } from './many.js'
import { plainServer } from './plain.js'
import { printReport } from './report.js'
import { sends } from './sends.js'
import { strangers } from './strangers.js'

/** All that tabs of one engine have to stand together. In one file for each engine, so that they can run side by side. */
export function sharing(name: BrowserName): void {
  describe.runIf(engineNames.includes(name))(name, () => {
    let engine: Engine
    beforeAll(async () => {
      engine = await robustEngines[name]()
    }, 30_000)
    afterAll(async () => {
      printReport('The longest time in which no other tab heard anything:')
      await engine.close()
    })
    const place = { name, newTab: () => engine.newTab() }

    handover(place, toldFaults, 'websocket', false)
    handover(place, toldFaults, 'sse', true)
    // They wait more than they work.
    describe.concurrent('all at once', () => {
      handover(place, silentFaults, 'websocket', false)
      handover(place, silentFaults, 'sse', true)
    })
    many(place)
    sends(place)
    strangers(place)
    plainServer(place)
  })
}
