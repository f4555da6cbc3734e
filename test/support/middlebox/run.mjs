// A middlebox as a process of its own: `node test/support/middlebox/run.mjs <target URL>`. What it takes is described in program.ts.
import { importTypeScript } from '../import-typescript.mjs'

const { main } = await importTypeScript(new URL('program.ts', import.meta.url))
process.exit(await main())
