// Sizes, names and exports of files (HOUSE-STYLE §1, §2) and the rooms’ README files.
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { basename, join } from 'node:path'
import { report, rootToCheck } from './finding.mjs'
import { projectFiles } from './project-files.mjs'
import { readImports } from './read-imports.mjs'

const LONGEST = 400
const LONGEST_README = 30
/** Extension points have a fixed inside: these names say what a file is for, not what it exports. */
const FIXED_NAMES = /\/(?:surface|routes|provider|models|wire|usage|error|stop-reason|(?:request|response|stream)\.\w+)\.ts$/
const root = rootToCheck()
const findings = []
const add = (place, rule, message) => findings.push({ place, rule, message })

/** Lines that are neither blank nor comment. Comments are found by the parser’s rules only roughly, which is enough for a limit. */
function countLines(text) {
  return text
    .replaceAll(/\/\*[\s\S]*?\*\//g, '')
    .split('\n')
    .filter((line) => line.trim() !== '' && !line.trim().startsWith('//')).length
}

const kebab = (name) => name.replaceAll(/([a-z0-9])([A-Z])/g, '$1-$2').replaceAll(/([A-Z]+)([A-Z][a-z])/g, '$1-$2').replaceAll('_', '-').toLowerCase()

/** `request.edit` names `editRequest`, `create-thing` names `createThing` and `thing` names `createThing`: the same words, whatever their order. */
function wordsOf(name) {
  const fillers = new Set(['create', 'a', 'the', 'of', 'schema'])
  return new Set(kebab(name).split(/[-.]/).filter((word) => !fillers.has(word)).map((word) => word.replace(/(ies|ing|ed|es|s|e|y)$/, '')))
}

function isNamedAfter(stem, exported) {
  const file = wordsOf(stem)
  return exported.some((name) => {
    const own = wordsOf(name)
    const shared = [...own].filter((word) => [...file].some((other) => other.startsWith(word) || word.startsWith(other)))
    return shared.length > 0 && shared.length >= Math.min(file.size, own.size) / 2
  })
}

/** Exported functions and classes; types travel with their owner, constants with what uses them. */
function mainExports({ program }) {
  return program.body
    .filter((node) => node.type === 'ExportNamedDeclaration' && /^(?:FunctionDeclaration|ClassDeclaration)$/.test(node.declaration?.type ?? ''))
    .map((node) => node.declaration.id.name)
}

function checkSource(path, text) {
  const lines = countLines(text)
  const says = /^\/\/ Longer than .*because /m.test(text)
  if (lines > LONGEST && !says) add(path, 'file-size', `${lines} lines; the limit is ${LONGEST}, or a line “// Longer than ${LONGEST} lines because …”`)
  if (!/^[a-z0-9]+(?:[-.][a-z0-9]+)*\.tsx?$/.test(basename(path))) add(path, 'kebab-name', 'the name is not in kebab-case')
  if (/(^|[-./])(utils|helpers|types|part-\d+)\.tsx?$/.test(path)) add(path, 'drawer', 'a file is named after a concept, not after a drawer')
  const parsed = readImports(path, text)
  if (parsed.exports.some((entry) => entry.exportName.kind === 'Default') && path !== 'vitest.config.ts') add(path, 'no-default-export', 'exports have names')
  if (!path.startsWith('src/') || /\.(test|fixture)\.ts$/.test(path) || basename(path) === 'index.ts') return lines
  const main = mainExports(parsed)
  const names = parsed.exports.map((entry) => entry.exportName.name).filter(Boolean)
  const hasConstants = parsed.program.body.some((node) => node.type === 'ExportNamedDeclaration' && node.declaration?.type === 'VariableDeclaration')
  if (main.length === 1 && !hasConstants && !FIXED_NAMES.test(path) && !isNamedAfter(basename(path).replace(/\.tsx?$/, ''), names)) add(path, 'named-after-export', `exports ${main[0]}, and is named after something else`)
  const classes = main.filter((name) => /^[A-Z]/.test(name) && !name.endsWith('Error'))
  if (classes.length > 1) add(path, 'one-main-export', `exports the classes ${classes.join(' and ')}`)
  const creators = main.filter((name) => name.startsWith('create'))
  if (creators.length > 1) add(path, 'one-main-export', `exports ${creators.join(' and ')}`)
  return lines
}

/** Rooms are the folders of `src`, and where a room is divided (`core/identity`, `upstreams/mcp`), its parts. */
function rooms() {
  if (!existsSync(join(root, 'src'))) return []
  const folders = (path) => readdirSync(join(root, path), { withFileTypes: true }).filter((entry) => entry.isDirectory()).map((entry) => `${path}/${entry.name}`)
  const divided = new Set(['src/core', 'src/surfaces', 'src/upstreams'])
  return folders('src').flatMap((room) => (divided.has(room) ? folders(room) : [room]))
}

const sources = projectFiles(root).filter((path) => /^(src|sim|bench|test)\/.*\.tsx?$/.test(path) && !path.includes('/fixtures/'))
const lengths = sources.map((path) => checkSource(path, readFileSync(join(root, path), 'utf8')))
const shipped = sources.flatMap((path, index) => (path.startsWith('src/') && !path.endsWith('.test.ts') ? [lengths[index]] : [])).sort((a, b) => a - b)
for (const room of rooms()) {
  const file = join(root, room, 'README.md')
  if (!existsSync(file)) add(room, 'room-readme', 'has no README.md')
  else if (readFileSync(file, 'utf8').trimEnd().split('\n').length > LONGEST_README) add(`${room}/README.md`, 'room-readme', `is longer than ${LONGEST_README} lines`)
}
const at = (share) => shipped[Math.min(shipped.length - 1, Math.floor(shipped.length * share))] ?? 0
report(findings, `${sources.length} files; in src: median ${at(0.5)} lines, 95th percentile ${at(0.95)}, longest ${at(1)}`)
