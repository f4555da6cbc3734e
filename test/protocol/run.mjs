// Runs the protocol suite against a URL: `node test/protocol/run.mjs --help`.
import { importTypeScript } from '../support/import-typescript.mjs'

const { main } = await importTypeScript(new URL('cli.ts', import.meta.url))
process.exit(await main())
