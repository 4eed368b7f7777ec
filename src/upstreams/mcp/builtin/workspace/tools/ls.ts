import { type Dirent } from 'node:fs'
import { readdir } from 'node:fs/promises'
import { z } from 'zod'
import { defineTool, pathOf, READS } from '../define-tool.ts'
import { openFolder, type Roots } from '../files/open-folder.ts'
import { globExpression } from '../search/glob-expression.ts'
import { ToolFailureError } from '../tool-failure.ts'

const MOST_ENTRIES = 1_000
const MOST_DEPTH = 20
/** Shown, not entered. */
const HEAVY = new Set(['node_modules', '.git', '__pycache__', '.venv'])
/** Patterns run on this thread: few stars keep them quick. */
const MOST_STARS = 5

async function list(roots: Roots, path: string): Promise<readonly Dirent[]> {
  using folder = openFolder(roots, path)
  const entries = await readdir(folder.at('.'), { withFileTypes: true })
  return entries.sort((a, b) => (a.name < b.name ? -1 : 1))
}

export const ls = defineTool(
  {
    name: 'LS',
    title: 'List a folder',
    description: `Lists a folder with what is in it, as a tree of at most ${MOST_ENTRIES} entries. Symbolic links are shown, not followed. Prefer Glob and Grep when you know what you search.`,
    input: { path: z.string().describe('The absolute path of the folder.'), ignore: z.array(z.string().max(200)).max(50).optional().describe('Patterns of names or paths to leave out.') },
    annotations: READS,
  },
  async ({ path, ignore = [] }, call) => {
    const slow = ignore.find((pattern) => pattern.split(/\*+/).length > MOST_STARS)
    if (slow !== undefined) throw new ToolFailureError(`The pattern ${JSON.stringify(slow)} has too many stars.`)
    const { roots } = call.workspace
    const start = pathOf(path, call)
    const ignored = ignore.map((pattern) => globExpression(pattern.includes('/') ? pattern : `**/${pattern}`))
    const lines: string[] = [`- ${start}/`]
    const enter = async (way: string, depth: number): Promise<void> => {
      call.context.signal.throwIfAborted()
      for (const entry of await list(roots, `${start}/${way}`)) {
        const own = way === '' ? entry.name : `${way}/${entry.name}`
        if (ignored.some((expression) => expression.test(own))) continue
        if (lines.length > MOST_ENTRIES) return
        const isFolder = entry.isDirectory()
        lines.push(`${'  '.repeat(depth)}- ${entry.name}${isFolder ? '/' : entry.isSymbolicLink() ? ' (symbolic link)' : ''}`)
        if (isFolder && !HEAVY.has(entry.name) && depth < MOST_DEPTH) await enter(own, depth + 1)
      }
    }
    await enter('', 1)
    if (lines.length <= MOST_ENTRIES) return lines.join('\n')
    return `There are more than ${MOST_ENTRIES} files and directories in the folder. Use LS with a folder in it, or Glob. The first ${MOST_ENTRIES} are:\n\n${lines.join('\n')}`
  },
)
