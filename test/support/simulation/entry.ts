/** What a copy of the library with a planted fault is tried by: bundled together with it. */
export { tabs } from '../../../src/index.js'
export { run } from './run.js'
export { makeSchedule } from './steps.js'
