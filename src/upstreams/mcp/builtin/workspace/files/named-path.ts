import { isAbsolute, relative, resolve, sep } from 'node:path'
import { ToolFailureError } from '../tool-failure.ts'

/** Whether a path is a folder or something in it. Both are absolute and without `..`. */
export function isInside(folder: string, path: string): boolean {
  const way = relative(folder, path)
  return way === '' || (way !== '..' && !way.startsWith(`..${sep}`) && !isAbsolute(way))
}

/**
 * What a path that a model wrote names, by its letters alone; a relative one starts at `base`. Addresses, other machines, home
 * folders and NUL are refused, since something further down may read them in another way.
 */
export function namedPath(given: string, base: string): string {
  if (given === '') throw new ToolFailureError('Expected a path, got an empty text.')
  if (given.includes('\0')) throw new ToolFailureError('Refused: the path holds a NUL byte.')
  if (/^(?:[\\/]{2}|\\\\)/.test(given)) throw new ToolFailureError('Refused: the path names another machine (`//` or `\\\\`).')
  if (/^[a-z][a-z0-9+.-]*:/i.test(given) && !(process.platform === 'win32' && /^[a-z]:[\\/]/i.test(given))) throw new ToolFailureError('Refused: expected a path, got an address or a drive.')
  if (given.startsWith('~')) throw new ToolFailureError('Refused: `~` is not followed. Give the absolute path.')
  return resolve(base, given)
}
