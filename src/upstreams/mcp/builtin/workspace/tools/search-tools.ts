import { realpath } from 'node:fs/promises'
import { z } from 'zod'
import { defineTool, pathOf, READS } from '../define-tool.ts'
import { checkInside } from '../files/open-folder.ts'
import { runSearch } from '../search/run-search.ts'
import { ToolFailureError } from '../tool-failure.ts'
import type { ToolCall } from '../workspace.ts'

const GLOB_LIMIT = 100
const MOST_CONTEXT = 1_000

/** As `rg --type-list` names them. */
const TYPES: Readonly<Record<string, readonly string[]>> = {
  c: ['.c', '.h'], cpp: ['.cpp', '.cc', '.cxx', '.hpp', '.hh', '.hxx', '.h', '.inl'], cs: ['.cs'], css: ['.css', '.scss'], go: ['.go'],
  html: ['.html', '.htm', '.ejs'], java: ['.java', '.jsp'], js: ['.js', '.jsx', '.vue', '.cjs', '.mjs'], json: ['.json'], kotlin: ['.kt', '.kts'],
  lua: ['.lua'], make: ['.mk', '.mak', 'Makefile', 'makefile'], markdown: ['.md', '.markdown', '.mdx'], md: ['.md', '.markdown', '.mdx'],
  php: ['.php'], py: ['.py', '.pyi'], python: ['.py', '.pyi'], rb: ['.rb', 'Rakefile', 'Gemfile'], ruby: ['.rb', 'Rakefile', 'Gemfile'], rust: ['.rs'],
  sh: ['.sh', '.bash', '.zsh', '.ksh'], sql: ['.sql'], swift: ['.swift'], toml: ['.toml'], ts: ['.ts', '.tsx', '.cts', '.mts'], txt: ['.txt'],
  xml: ['.xml', '.xsl', '.svg'], yaml: ['.yaml', '.yml'],
}

/** Where a search starts: the first root unless said otherwise. */
async function startOf(path: string | undefined, call: ToolCall): Promise<string> {
  const real = path === undefined ? call.workspace.roots[0] : await realpath(pathOf(path, call))
  checkInside(call.workspace.roots, real)
  return real
}

export const glob = defineTool(
  {
    name: 'Glob',
    title: 'Find files by name',
    description: `Finds files whose path matches a pattern such as \`**/*.ts\` or \`src/{a,b}/*.md\`, the newest first, ${GLOB_LIMIT} at most.`,
    input: { pattern: z.string().min(1).describe('The pattern.'), path: z.string().optional().describe('The folder to search; the workspace without it.') },
    annotations: READS,
  },
  async ({ pattern, path }, call) => {
    if (pattern.split('/').includes('..')) throw new ToolFailureError('Refused: a pattern may not hold `..`. Name the folder with `path`.')
    return runSearch({ kind: 'glob', roots: call.workspace.roots, path: await startOf(path, call), pattern, limit: GLOB_LIMIT }, call.context.signal)
  },
)

function endingsOf(type: string | undefined): readonly string[] | undefined {
  if (type === undefined) return undefined
  const endings = Object.hasOwn(TYPES, type) ? TYPES[type] : undefined
  if (!endings) throw new ToolFailureError(`There is no type "${type}". There are ${Object.keys(TYPES).join(', ')}; use \`glob\` for others.`)
  return endings
}

const contextLines = z.int().min(0).max(MOST_CONTEXT).optional()

export const grep = defineTool(
  {
    name: 'Grep',
    title: 'Search in files',
    description: 'Searches files for a regular expression. What `.gitignore` names is left out, and binary files. `output_mode`: `files_with_matches` (paths, the newest first), `content` (lines) or `count`.',
    input: {
      pattern: z.string().min(1).describe('The regular expression.'),
      path: z.string().optional().describe('The file or folder to search; the workspace without it.'),
      glob: z.string().optional().describe('Only files like `*.js` or `src/**/*.ts`; `!` turns it around.'),
      type: z.string().optional().describe('Only files of this type: js, ts, py, rust, go, java …'),
      output_mode: z.enum(['content', 'files_with_matches', 'count']).optional().describe('`files_with_matches` without it.'),
      '-B': contextLines.describe('Lines before each match, with `content`.'),
      '-A': contextLines.describe('Lines after each match, with `content`.'),
      '-C': contextLines.describe('Lines before and after each match, with `content`.'),
      '-n': z.boolean().optional().describe('Line numbers, with `content`; on without it.'),
      '-i': z.boolean().optional().describe('Upper and lower case are the same.'),
      multiline: z.boolean().optional().describe('`.` matches line ends, and a match may hold several lines.'),
      head_limit: z.int().min(0).optional().describe('Only so many lines or files; 250 without it, 0 for as many as there may be.'),
      offset: z.int().min(0).optional().describe('Leaves out so many lines or files first.'),
    },
    annotations: READS,
  },
  async (given, call) => {
    const { roots, settings } = call.workspace
    const around = given['-C'] ?? 0
    return runSearch(
      {
        kind: 'grep',
        roots,
        path: await startOf(given.path, call),
        pattern: given.pattern,
        glob: given.glob,
        endings: endingsOf(given.type),
        mode: given.output_mode ?? 'files_with_matches',
        before: given['-B'] ?? around,
        after: given['-A'] ?? around,
        hasNumbers: given['-n'] ?? true,
        ignoresCase: given['-i'] ?? false,
        isMultiline: given.multiline ?? false,
        offset: given.offset ?? 0,
        limit: given.head_limit === 0 ? 100_000 : (given.head_limit ?? 250),
        fileBytes: settings.fileBytes,
      },
      call.context.signal,
    )
  },
)
