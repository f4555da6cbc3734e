// Run `node examples/svelte/server.mjs` and open what it prints, in two windows. What it says to the page: ../tide/serve.mjs.
import { compile } from 'svelte/compiler'
import { serve } from '../tide/serve.mjs'

/** As much of @sveltejs/vite-plugin-svelte as this page needs. */
const svelte = {
  name: 'svelte',
  transform: (source, id) => (id.endsWith('.svelte') ? compile(source, { filename: id }).js : null),
}

await serve({ folder: new URL('.', import.meta.url), port: 8008, plugins: [svelte] })
