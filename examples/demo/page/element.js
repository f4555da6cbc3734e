// Makes an element with its properties and children in one expression.

/**
 * @param {string} name
 * @param {Record<string, unknown>} properties `class`, `data-…`, `aria-…` and `for` as attributes, all else as properties
 * @param {...(Node | string)} children
 */
export function element(name, properties = {}, ...children) {
  const node = document.createElement(name)
  for (const [key, value] of Object.entries(properties)) {
    if (key === 'class' || key === 'for' || key === 'role' || key.includes('-')) node.setAttribute(key, String(value))
    else node[key] = value
  }
  node.append(...children)
  return node
}

/** The element with this id; the page and its modules are one work, so it is there. */
export function byId(id) {
  return document.getElementById(id)
}
