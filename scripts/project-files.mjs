import { execFileSync } from 'node:child_process'
import { existsSync, readdirSync } from 'node:fs'
import { join } from 'node:path'

const byText = (a, b) => (a < b ? -1 : 1)

const NEVER = new Set(['node_modules', '.git', 'dist', 'coverage'])

function* walk(root, folder) {
  for (const entry of readdirSync(join(root, folder), { withFileTypes: true })) {
    const path = folder === '' ? entry.name : `${folder}/${entry.name}`
    if (entry.isDirectory()) {
      if (!NEVER.has(entry.name)) yield* walk(root, path)
    } else if (entry.isFile()) yield path
  }
}

/** The files of the project with `/` between folders: those that git tracks or would track, or all where there is no git. */
export function projectFiles(root) {
  if (!existsSync(join(root, '.git'))) return [...walk(root, '')].sort(byText)
  const listed = execFileSync('git', ['ls-files', '-z', '--cached', '--others', '--exclude-standard'], { cwd: root, encoding: 'utf8', maxBuffer: 64 * 1024 * 1024 })
  return [...new Set(listed.split('\0'))].filter((path) => path !== '' && existsSync(join(root, path))).sort(byText)
}
