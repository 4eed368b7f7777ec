import { ToolFailureError } from '../tool-failure.ts'
import type { ToolCall } from '../workspace.ts'
import { changeText, type TextChange } from './change-text.ts'
import { readExisting } from './read-existing.ts'
import { requireText } from './text-content.ts'
import { writeWhole } from './write-whole.ts'

export interface EditedFile {
  /** Undefined when the file was made. */
  readonly before: string | undefined
  readonly after: string
}

function numbered(index: number, count: number, error: unknown): unknown {
  if (count === 1 || !(error instanceof ToolFailureError)) return error
  return new ToolFailureError(`Edit ${index + 1} of ${count} failed, so none was made. ${error.message}`, { cause: error })
}

/** Makes all changes, one after the other, or none. The model must know what the file holds. */
export async function editFile(path: string, changes: readonly [TextChange, ...TextChange[]], { workspace, session }: ToolCall): Promise<EditedFile> {
  const { roots, settings } = workspace
  const file = await readExisting(roots, path, settings.fileBytes)
  const [first, ...more] = changes
  const isNew = file === undefined && first.oldText === ''
  if (!file && !isNew) throw new ToolFailureError('File does not exist.')
  if (file) session.checkSeen(file.path, file.bytes)
  const content = file ? requireText(file.bytes) : undefined
  const before = content?.text
  let after = before ?? first.newText
  for (const [index, change] of (isNew ? more : changes).entries()) {
    try {
      after = changeText(after, change)
    } catch (error) {
      throw numbered(isNew ? index + 1 : index, changes.length, error)
    }
  }
  const bytes = content ? content.encode(after) : Buffer.from(after)
  if (bytes.length > settings.fileBytes) throw new ToolFailureError(`The file would be longer than the ${settings.fileBytes} bytes that the workspace writes (\`fileBytes\`).`)
  session.noteContent(await writeWhole(roots, path, bytes), bytes)
  return { before, after }
}
