import type { Check } from '../check.js'
import { answerChecks } from './answers.js'
import { emptySendChecks } from './empty-sends.js'
import { epochChecks } from './epochs.js'
import { eventChecks } from './events.js'
import { helloChecks } from './hello.js'
import { introductionChecks } from './introductions.js'
import { livenessChecks } from './liveness.js'
import { messageHelloChecks } from './message-hello.js'
import { openChecks, readyChecks } from './open-and-ready.js'
import { gapChecks, positionChecks } from './positions.js'
import { resultChecks } from './results.js'
import { securityChecks } from './security.js'
import { sendChecks } from './sends.js'
import { topicChecks } from './topics.js'
import { transportChecks } from './transports.js'
import { uplinkChecks } from './uplink.js'

const all: readonly Check[] = [
  ...openChecks,
  ...readyChecks,
  ...transportChecks,
  ...helloChecks,
  ...messageHelloChecks,
  ...eventChecks,
  ...topicChecks,
  ...positionChecks,
  ...answerChecks,
  ...gapChecks,
  ...livenessChecks,
  ...securityChecks,
  ...sendChecks,
  ...introductionChecks,
  ...emptySendChecks,
  ...epochChecks,
  ...uplinkChecks,
  ...resultChecks,
]

/** Every check, in the order in which they run: those that end the server's service stand last. */
export const checks: readonly Check[] = [...all.filter(({ last }) => !last), ...all.filter(({ last }) => last)]
