import { lstatSync } from 'node:fs'
import { basename, dirname, join } from 'node:path'
import { parentPort, workerData } from 'node:worker_threads'
import { compilePattern, findMatches, printMatches } from './find-matches.ts'
import { globExpression } from './glob-expression.ts'
import type { GlobRequest, GrepRequest, SearchAnswer, SearchRequest } from './search-request.ts'
import { readInside, walkFiles } from './walk-files.ts'

const MOST_CHARACTERS = 200_000

const CUT = '(There are more files than a search looks at. Name a folder with `path`.)'

interface Dated {
  readonly path: string
  readonly at: number
}

const newestFirst = (files: readonly Dated[]): readonly string[] => files.toSorted((a, b) => b.at - a.at || (a.path < b.path ? -1 : 1)).map(({ path }) => path)

function modifiedAt(path: string): number {
  try {
    return lstatSync(path).mtimeMs
  } catch {
    // Removed since it was listed.
    return 0
  }
}

function glob({ roots, path, pattern, limit }: GlobRequest): string {
  const expression = globExpression(pattern.startsWith(`${path}/`) ? pattern.slice(path.length + 1) : pattern)
  const notes: string[] = []
  const found: Dated[] = []
  for (const way of walkFiles(path, { roots, ignores: false, onCut: () => notes.push(CUT) })) {
    if (expression.test(way)) found.push({ path: join(path, way), at: modifiedAt(join(path, way)) })
  }
  if (found.length > limit) notes.push('(Results are truncated. Consider using a more specific path or pattern.)')
  return found.length === 0 ? ['No files found', ...notes].join('\n') : [...newestFirst(found).slice(0, limit), ...notes].join('\n')
}

/** Files to look into: `glob` is matched like ripgrep does, by name unless it holds a slash; a `!` turns it around. */
function* candidates(request: GrepRequest, onCut: () => void): Generator<string> {
  const { roots, path, endings } = request
  const isNegated = request.glob?.startsWith('!') ?? false
  const pattern = isNegated ? request.glob?.slice(1) : request.glob
  const expression = pattern === undefined ? undefined : globExpression(pattern.includes('/') ? pattern.replace(/^\//, '') : `**/${pattern}`)
  const isFile = lstatSync(path).isFile()
  const start = isFile ? dirname(path) : path
  for (const way of isFile ? [basename(path)] : walkFiles(path, { roots, ignores: true, onCut })) {
    if (expression && expression.test(way) === isNegated) continue
    if (endings && !endings.some((ending) => way.endsWith(ending))) continue
    yield join(start, way)
  }
}

function show(items: readonly string[], { offset, limit }: GrepRequest): readonly string[] {
  const shown = items.slice(offset, offset + limit)
  const rest = items.length - offset - shown.length
  return rest > 0 ? [...shown, `[${rest} more; raise \`head_limit\` or \`offset\`]`] : shown
}

function grep(request: GrepRequest): string {
  const expression = compilePattern(request)
  const notes: string[] = []
  const files: (Dated & { readonly count: number })[] = []
  const printed: string[] = []
  let characters = 0
  for (const path of candidates(request, () => notes.push(CUT))) {
    const file = readInside(request.roots, path, request.fileBytes)
    if (!file || file.bytes.subarray(0, 8_000).includes(0)) continue
    const matches = findMatches(file.bytes.toString(), expression, request.isMultiline)
    if (matches.matched.length === 0) continue
    files.push({ path, at: file.stats.mtimeMs, count: matches.matched.length })
    if (request.mode !== 'content') continue
    const lines = printMatches(path, matches, request)
    if (printed.length > 0 && request.before + request.after > 0) printed.push('--')
    for (const line of lines) printed.push(line)
    characters += lines.reduce((sum, line) => sum + line.length, 0)
    if (characters > MOST_CHARACTERS || printed.length > request.offset + request.limit) {
      notes.push('(The search ended here; there may be more matches.)')
      break
    }
  }
  if (files.length === 0) return [request.mode === 'files_with_matches' ? 'No files found' : 'No matches found', ...notes].join('\n')
  if (request.mode === 'content') return [...show(printed, request), ...notes].join('\n')
  if (request.mode === 'files_with_matches') return [`Found ${files.length} ${files.length === 1 ? 'file' : 'files'}`, ...show(newestFirst(files), request), ...notes].join('\n')
  const total = files.reduce((sum, { count }) => sum + count, 0)
  return [...show(files.map(({ path, count }) => `${path}:${count}`), request), '', `Found ${total} total ${total === 1 ? 'occurrence' : 'occurrences'} across ${files.length} ${files.length === 1 ? 'file' : 'files'}.`, ...notes].join('\n')
}

function answer(request: SearchRequest): SearchAnswer {
  try {
    return { kind: 'found', text: request.kind === 'glob' ? glob(request) : grep(request) }
  } catch (error) {
    if (error instanceof SyntaxError || error instanceof RangeError) return { kind: 'refused', message: error.message }
    throw error
  }
}

parentPort?.postMessage(answer(workerData as SearchRequest))
