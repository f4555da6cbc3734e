const empty = ['area', 'base', 'br', 'col', 'embed', 'hr', 'img', 'input', 'link', 'meta', 'source', 'track', 'wbr']

/** What is wrong with the tags of a piece of HTML: each is closed, by itself, and attributes are quoted where they have to be. */
export function unbalanced(html: string): string[] {
  const problems: string[] = []
  const open: string[] = []
  const text = html
    .replace(/<!--[\s\S]*?-->|<!doctype[^>]*>/gi, '')
    // What stands in these is another language.
    .replace(/(<(script|style)\b[^>]*>)[\s\S]*?(<\/\2>)/g, '$1$3')
  for (const [tag, closes, name = '', attributes = ''] of text.matchAll(
    /<(\/?)([a-zA-Z][\w-]*)((?:"[^"]*"|'[^']*'|[^'">])*)>/g,
  )) {
    if (closes) {
      const last = open.pop()
      if (last !== name) problems.push(`${tag} closes <${last}>`)
      if (last !== name) return problems
    } else if (!empty.includes(name) && !attributes.trim().endsWith('/')) open.push(name)
    if (!/^(?:\s+[^\s"'=<>/]+(?:="[^"]*"|='[^']*'|=[^\s"'=<>`]+)?)*\s*\/?$/.test(attributes)) problems.push(tag)
  }
  return [...problems, ...open.map((name) => `<${name}> is not closed`)]
}
