import { createHash } from 'node:crypto'
import { ToolFailureError } from './tool-failure.ts'

export interface Todo {
  readonly content: string
  readonly status: 'pending' | 'in_progress' | 'completed'
  readonly activeForm?: string | undefined
  readonly priority?: 'high' | 'medium' | 'low' | undefined
  readonly id?: string | undefined
}

/** What the tools remember of one client between its calls; it dies with the server. */
export interface WorkspaceSession {
  todos: readonly Todo[]
  /** Where the next command starts. */
  directory: string
  /** Notes what a file holds that the model has just seen or written. */
  noteContent(path: string, bytes: Buffer): void
  /** Throws unless the model knows what the file holds now. */
  checkSeen(path: string, bytes: Buffer): void
}

const digest = (bytes: Buffer): string => createHash('sha256').update(bytes).digest('base64')

/** Files remembered for one client; of older ones the model has to read again. */
const MOST_FILES = 2_000

export function createSession(directory: string): WorkspaceSession {
  const seen = new Map<string, string>()
  return {
    todos: [],
    directory,
    noteContent(path, bytes) {
      seen.delete(path)
      seen.set(path, digest(bytes))
      const [oldest] = seen.keys()
      if (seen.size > MOST_FILES && oldest !== undefined) seen.delete(oldest)
    },
    checkSeen(path, bytes) {
      const known = seen.get(path)
      if (known === undefined) throw new ToolFailureError('File has not been read yet. Read it first before writing to it.')
      if (known !== digest(bytes)) throw new ToolFailureError('File has been modified since read, either by the user or by a linter. Read it again before attempting to write it.')
    },
  }
}
