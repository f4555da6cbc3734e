// Run `node examples/react/server.mjs` and open what it prints, in two windows. What it says to the page: ../tide/serve.mjs.
import { serve } from '../tide/serve.mjs'

await serve({ folder: new URL('.', import.meta.url), port: 8006 })
