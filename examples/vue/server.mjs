// Run `node examples/vue/server.mjs` and open what it prints, in two windows. What it says to the page: ../tide/serve.mjs.
import { compileScript, parse } from 'vue/compiler-sfc'
import { serve } from '../tide/serve.mjs'

/** As much of @vitejs/plugin-vue as this page needs. */
const vue = {
  name: 'vue',
  transform(source, id) {
    if (!id.endsWith('.vue')) return null
    const { descriptor } = parse(source, { filename: id })
    return { code: compileScript(descriptor, { id, inlineTemplate: true }).content, moduleType: 'ts' }
  },
}

await serve({
  folder: new URL('.', import.meta.url),
  port: 8007,
  plugins: [vue],
  define: {
    __VUE_OPTIONS_API__: 'false',
    __VUE_PROD_DEVTOOLS__: 'false',
    __VUE_PROD_HYDRATION_MISMATCH_DETAILS__: 'false',
  },
})
