import { createRequire } from 'node:module'
import { existsSync } from 'node:fs'
import { join } from 'node:path'

/** The parser is a dependency of the dead-code check; it is found through it where it is not listed on its own. */
function loadParser(root) {
  for (const from of ['package.json', 'node_modules/knip/package.json']) {
    const file = join(root, from)
    if (!existsSync(file)) continue
    try {
      return createRequire(file)('oxc-parser')
    } catch (error) {
      if (error.code !== 'MODULE_NOT_FOUND') throw error
    }
  }
  throw new Error('The package oxc-parser is missing; run `npm ci`.')
}

function* nodesOf(node) {
  if (Array.isArray(node)) {
    for (const item of node) yield* nodesOf(item)
  } else if (node !== null && typeof node === 'object') {
    if (typeof node.type === 'string') yield node
    for (const value of Object.values(node)) if (typeof value === 'object') yield* nodesOf(value)
  }
}

/** The module a node names, whichever of the seven ways it is written. */
function specifierOf(node) {
  switch (node.type) {
    case 'ImportDeclaration':
    case 'ExportAllDeclaration':
    case 'ExportNamedDeclaration':
    case 'ImportExpression':
    case 'TSImportType':
      return (node.source ?? node.argument)?.value ?? node.argument?.literal?.value
    case 'TSExternalModuleReference':
      return node.expression?.value
    case 'CallExpression':
      return node.callee?.name === 'require' ? node.arguments[0]?.value : undefined
    default:
      return undefined
  }
}

export function createImportReader(projectRoot) {
  const { parseSync } = loadParser(projectRoot)
  /** Every import of a file, with type-only ones, re-exports, `import()` and `import('…').Type`; and what it exports. */
  return (file, text) => {
    const { program, module, errors } = parseSync(file, text)
    const imports = []
    for (const node of nodesOf(program)) {
      const specifier = specifierOf(node)
      if (typeof specifier === 'string') imports.push({ specifier, line: text.slice(0, node.start).split('\n').length })
    }
    const exports = module.staticExports.flatMap(({ entries }) => entries)
    return { imports, errors: errors.map(({ message }) => message), program, exports }
  }
}
