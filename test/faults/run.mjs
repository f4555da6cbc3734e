// Runs the fault suite: `npm run test:faults -- --help`.
import { fileURLToPath } from 'node:url'
import { importTypeScript } from '../support/import-typescript.mjs'

const { main } = await importTypeScript(new URL('cli.ts', import.meta.url))
process.exit(await main(fileURLToPath(new URL('../..', import.meta.url)), process.argv.slice(2)))
