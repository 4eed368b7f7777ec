// The import rules of HOUSE-STYLE §1, over every way a TypeScript file can name a module. TypeScript 7 has no
// programmatic interface that the usual tools could use, so the rules are applied here, to oxc’s syntax trees.
import { existsSync, readFileSync } from 'node:fs'
import { builtinModules } from 'node:module'
import { join, posix } from 'node:path'
import { report, rootToCheck } from './finding.mjs'
import { IMPORT_RULES, RULES_FOR_TESTS } from './import-rules.mjs'
import { projectFiles } from './project-files.mjs'
import { readImports } from './read-imports.mjs'

const root = rootToCheck()
const isTest = (file) => /\.(test|fixture)\.ts$|^test\/|\/testing\//.test(file)
const builtin = new Set(builtinModules)

/** `#scope/name/deep` → `scope/name`; `name/deep` → `name`. */
const packageOf = (specifier) => specifier.split('/').slice(0, specifier.startsWith('@') ? 2 : 1).join('/')

/** A path in the project, `node:…` or `npm:…`; undefined when a relative import leads nowhere. */
function resolveTarget(file, specifier) {
  if (specifier.startsWith('node:')) return specifier
  if (builtin.has(specifier)) return `node:${specifier}`
  if (!specifier.startsWith('.')) return `npm:${packageOf(specifier)}`
  const path = posix.join(posix.dirname(file), specifier)
  return existsSync(join(root, path)) ? path : undefined
}

function isForbidden(rule, file, target) {
  const match = new RegExp(rule.from).exec(file)
  if (!match || (rule.fromNot && new RegExp(rule.fromNot).test(file))) return false
  const withGroup = (pattern) => new RegExp(pattern.replaceAll('$1', (match[1] ?? '').replaceAll('.', '\\.')))
  return withGroup(rule.to).test(target) && !rule.toNot.some((pattern) => withGroup(pattern).test(target))
}

const findings = []
const graph = new Map()
let count = 0
const files = projectFiles(root).filter((path) => /^(src|sim|web|bench|test)\/.*\.tsx?$/.test(path))
for (const file of files) {
  const { imports, errors } = readImports(file, readFileSync(join(root, file), 'utf8'))
  for (const message of errors) findings.push({ place: file, rule: 'syntax', message })
  const targets = new Set()
  graph.set(file, targets)
  for (const { specifier, line } of imports) {
    count++
    const place = `${file}:${line}`
    const target = resolveTarget(file, specifier)
    if (target === undefined) {
      findings.push({ place, rule: 'resolvable', message: `${specifier} leads nowhere; relative imports name the file with its extension` })
      continue
    }
    targets.add(target)
    for (const rule of IMPORT_RULES) {
      if (isTest(file) && !RULES_FOR_TESTS.has(rule.name)) continue
      if (isForbidden(rule, file, target)) findings.push({ place, rule: rule.name, message: `imports ${specifier}; ${rule.comment}` })
    }
  }
}

/** Strongly connected files, by Tarjan’s algorithm; type-only imports count like all others. */
function cycles() {
  const state = new Map()
  const stack = []
  const found = []
  const visit = (file) => {
    const own = { index: state.size, low: state.size, onStack: true }
    state.set(file, own)
    stack.push(file)
    for (const next of graph.get(file) ?? []) {
      if (!graph.has(next)) continue
      const known = state.get(next)
      if (!known) own.low = Math.min(own.low, visit(next).low)
      else if (known.onStack) own.low = Math.min(own.low, known.index)
    }
    if (own.low === own.index) {
      const members = stack.splice(stack.indexOf(file))
      for (const member of members) state.get(member).onStack = false
      if (members.length > 1 || graph.get(file).has(file)) found.push(members)
    }
    return own
  }
  for (const file of graph.keys()) if (!state.has(file)) visit(file)
  return found
}

for (const members of cycles()) findings.push({ place: members[0], rule: 'no-cycles', message: `these import each other: ${members.join(', ')}` })
report(findings, `${files.length} files, ${count} imports`)
