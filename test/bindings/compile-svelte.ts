import { compile } from 'svelte/compiler'
import type { Plugin } from 'vite'

/** Compiles components of Svelte, for a page or, in Node, for rendering on a server. */
export function svelte(): Plugin {
  return {
    name: 'svelte',
    transform(source, id, options) {
      if (!id.endsWith('.svelte')) return null
      return compile(source, { filename: id, generate: options?.ssr ? 'server' : 'client' }).js
    },
  }
}
