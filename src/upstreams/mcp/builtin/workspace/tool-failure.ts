import { GuardedFetchError } from '../../../../lib/guarded-fetch.ts'

/** What a tool answers when it cannot do what was asked: text for the model, which it can act on. */
export class ToolFailureError extends Error {
  override readonly name = 'ToolFailureError'
}

const BY_CODE: Readonly<Record<string, string>> = {
  ENOENT: 'File or folder does not exist.',
  EACCES: 'Permission denied.',
  EPERM: 'Permission denied.',
  EISDIR: 'This is a folder, not a file. Use LS to list it.',
  ENOTDIR: 'A part of the path is a file, not a folder.',
  ELOOP: 'Refused: the path leads through a symbolic link that changed, or through too many of them.',
  ENAMETOOLONG: 'The path is too long.',
  ENOSPC: 'There is no space left on the disk.',
  EROFS: 'The file system is read-only.',
  EDQUOT: 'The disk quota is used up.',
  EEXIST: 'Something of that name exists already.',
  EMFILE: 'The gateway has too many open files; try again.',
}

/** The words for a failure that a tool may show, or undefined when it is a defect of ours. Nothing in them names a path that was not given. */
export function failureText(error: unknown): string | undefined {
  if (error instanceof ToolFailureError || error instanceof GuardedFetchError) return error.message
  const code = error instanceof Error ? (error as NodeJS.ErrnoException).code : undefined
  return code === undefined ? undefined : BY_CODE[code]
}
