/** What a test's script says of itself in its first lines: `// META: title=…`. */
function metaOf(source: string, key: string): string[] {
  return [...source.matchAll(/^\/\/\s*META:\s*(\w+)=(.*)$/gm)]
    .filter(([, name]) => name === key)
    .map(([, , value = '']) => value.trim())
}

const page = (source: string, scripts: readonly string[], rest: string) => `<!doctype html>
<meta charset=utf-8>
<title>${metaOf(source, 'title').join('')}</title>
${metaOf(source, 'timeout').includes('long') ? '<meta name=timeout content=long>' : ''}
<script src=/resources/testharness.js></script>
<script src=/resources/testharnessreport.js></script>
${scripts.map((path) => `<script src="${path}"></script>`).join('\n')}
<div id=log></div>
${rest}`

/**
 * The pages and workers that the tests' server makes around a script:
 * `x.html` around `x.window.js` and `x.any.js`, `x.any.worker.html` and `x.any.worker.js` around `x.any.js`, `x.worker.html` around `x.worker.js`.
 * @param sourceOf the text of a script, if there is such a file
 */
export function wrapperOf(path: string, sourceOf: (path: string) => string | undefined): string | undefined {
  const around = (from: RegExp, to: string, make: (source: string, script: string) => string) => {
    if (!from.test(path)) return
    const script = path.replace(from, to)
    const source = sourceOf(script)
    return source === undefined ? undefined : make(source, script)
  }
  const inWorker = (source: string, worker: string) =>
    page(source, [], `<script>fetch_tests_from_worker(new Worker("${worker}"))</script>`)
  return (
    around(/\.any\.worker\.html$/, '.any.js', (source) => inWorker(source, path.replace(/\.html$/, '.js'))) ??
    around(/\.any\.worker\.js$/, '.any.js', (source, script) => {
      const title = JSON.stringify(metaOf(source, 'title').join(''))
      const scripts = ['/resources/testharness.js', ...metaOf(source, 'script'), script].map((path) =>
        JSON.stringify(path),
      )
      return `self.GLOBAL = { isWindow: () => false, isWorker: () => true, isShadowRealm: () => false }
self.META_TITLE = ${title}
importScripts(${scripts.join(', ')})
done()`
    }) ??
    around(/\.worker\.html$/, '.worker.js', inWorker) ??
    around(/\.any\.html$/, '.any.js', (source, script) =>
      page(source, [...metaOf(source, 'script'), script], '').replace(
        '<script src=/resources/testharness.js>',
        '<script>self.GLOBAL = { isWindow: () => true, isWorker: () => false, isShadowRealm: () => false }</script>\n<script src=/resources/testharness.js>',
      ),
    ) ??
    around(/\.window\.html$/, '.window.js', (source, script) => page(source, [...metaOf(source, 'script'), script], ''))
  )
}

/** The pages that a file of the tests stands for. */
export function pagesOf(path: string): string[] {
  if (path.endsWith('.any.js')) return [path.replace(/js$/, 'html'), path.replace(/js$/, 'worker.html')]
  if (/\.(window|worker)\.js$/.test(path)) return [path.replace(/js$/, 'html')]
  return /\.html?$/.test(path) && !path.includes('/resources/') ? [path] : []
}
