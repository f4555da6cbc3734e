// The API reference: one Markdown page for each entry point, made of the doc comments.
import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { Application, Logger, LogLevel, ReflectionKind } from 'typedoc'

/** Collects what TypeDoc has to say, in place of printing it. */
class Collector extends Logger {
  /** @type {string[]} */
  said = []

  /**
   * @param {string} message
   * @param {number} level
   */
  addContext(message, level) {
    if (level >= LogLevel.Warn) this.said.push(message)
    return message
  }
}

/**
 * The entry points of package.json, with their sources.
 * @param {string} root of the project
 * @returns {{ name: string, source: string }[]}
 */
export function entryPoints(root) {
  const { name, exports } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'))
  return Object.entries(exports)
    .filter(([, target]) => typeof target === 'object')
    .map(([key, { types }]) => ({
      name: name + key.slice(1),
      source: join(root, types.replace('./dist/', 'src/').replace(/\.d\.ts$/, '.ts')),
    }))
}

/**
 * @param {string} root of the project
 * @param {string} folder where the pages are written
 * @returns {Promise<string[]>} what is wrong with the doc comments
 */
export async function writeReference(root, folder) {
  const entries = entryPoints(root)
  const missing = entries.filter(({ source }) => !existsSync(source))
  if (missing.length > 0) return missing.map(({ source }) => `${source} is not there`)
  const app = await Application.bootstrapWithPlugins({
    name: 'API reference',
    entryPoints: entries.map(({ source }) => source),
    tsconfig: join(root, 'tsconfig.json'),
    plugin: [import.meta.resolve('typedoc-plugin-markdown')],
    readme: 'none',
    preservedTypeAnnotationTags: ['@throws'],
    router: 'module',
    sort: ['source-order'],
    sortEntryPoints: false,
    disableSources: true,
    disableGit: true,
    excludeExternals: true,
    // The compiler of the project checks the types, and it is a newer one.
    skipErrorChecking: true,
    // What is not exported is not to be known.
    validation: { notExported: false, invalidLink: true, notDocumented: false },
    hidePageHeader: true,
    hideBreadcrumbs: true,
    useCodeBlocks: true,
    // It counts headings of one name otherwise than those do who render them.
    useHTMLAnchors: true,
    expandParameters: true,
    parametersFormat: 'table',
    typeAliasPropertiesFormat: 'table',
    interfacePropertiesFormat: 'table',
    propertyMembersFormat: 'table',
    classPropertiesFormat: 'table',
    tableColumnSettings: { hideSources: true, hideInherited: true, hideOverrides: true },
  })
  const collector = new Collector()
  app.logger = collector
  const project = await app.convert()
  if (project === undefined) return ['TypeDoc could not read the sources.', ...collector.said]
  // They are called after their files: users know them by what they import.
  const bySource = new Map(entries.map(({ name, source }) => [source, name]))
  for (const module of project.getChildrenByKind(ReflectionKind.Module)) {
    const source = project.getSymbolIdFromReflection(module)?.fileName
    module.name = bySource.get(join(root, String(source).replace(/^.*?src\//, 'src/'))) ?? module.name
  }
  sayWhatIsThrown(project)
  app.validate(project)
  await app.outputs.writeOutput({ name: 'markdown', path: folder }, project)
  // What stands behind `...given: [data]` has a name only for readers.
  return collector.said.filter((said) => !/@param .* was not used/.test(said))
}

/**
 * TypeDoc leaves out the type in `@throws {TypeError} for an option that cannot be`.
 * @param {import('typedoc').ProjectReflection} project
 */
function sayWhatIsThrown(project) {
  for (const { comment } of Object.values(project.reflections)) {
    for (const tag of comment?.blockTags ?? []) {
      const type = tag.tag === '@throws' && tag.typeAnnotation?.replace(/^\{|\}$/g, '')
      if (type) tag.content.unshift({ kind: 'code', text: `\`${type}\`` }, { kind: 'text', text: ' ' })
    }
  }
}
