/** Both doors of the client: the one with all transports, and the one with none. */
export * as core from '../../../src/core.js'
export { connect } from '../../../src/index.js'
