import { parseSync } from 'oxc-parser'

function* nodesOf(node) {
  if (Array.isArray(node)) {
    for (const item of node) yield* nodesOf(item)
  } else if (node !== null && typeof node === 'object') {
    if (typeof node.type === 'string') yield node
    for (const value of Object.values(node)) if (typeof value === 'object') yield* nodesOf(value)
  }
}

const sourceOf = (node) => node.source?.value

/** The module that a node names, by each way in which it can be written. */
const SPECIFIERS = {
  ImportDeclaration: sourceOf,
  ExportAllDeclaration: sourceOf,
  ExportNamedDeclaration: sourceOf,
  ImportExpression: sourceOf,
  TSImportType: (node) => node.source?.value ?? node.argument?.value ?? node.argument?.literal?.value,
  TSExternalModuleReference: (node) => node.expression?.value,
  CallExpression: (node) => (node.callee?.name === 'require' ? node.arguments[0]?.value : undefined),
}

const specifierOf = (node) => SPECIFIERS[node.type]?.(node)

/** Every import of a file, with type-only ones, re-exports, `import()` and `import('…').Type`; and what it exports. */
export function readImports(file, text) {
  const { program, module, errors } = parseSync(file, text)
  const imports = []
  for (const node of nodesOf(program)) {
    const specifier = specifierOf(node)
    if (typeof specifier === 'string') imports.push({ specifier, line: text.slice(0, node.start).split('\n').length })
  }
  const exports = module.staticExports.flatMap(({ entries }) => entries)
  return { imports, errors: errors.map(({ message }) => message), program, exports }
}
