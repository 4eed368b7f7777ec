import { editMembers, EMPTY_OBJECT, readMember, toJsonText, type JsonText } from '../../../lib/json-text.ts'
import { readText } from './task-text.ts'

/** @see revision 2025-11-25, tasks: every message that belongs to a task names it in its `_meta`. */
const RELATED_TASK = 'io.modelcontextprotocol/related-task'

/** The same text with the id of its task exchanged; a text that names no task, or one that `rename` does not know, as it is. */
export function renameRelatedTask(text: JsonText, rename: (id: string) => string | undefined): JsonText {
  const meta = text.includes(RELATED_TASK) ? readMember(text, '_meta') : undefined
  const related = meta && readMember(meta, RELATED_TASK)
  const id = related && readText(related, 'taskId')
  const renamed = id === undefined ? undefined : rename(id)
  if (meta === undefined || related === undefined || renamed === undefined) return text
  return editMembers(text, { _meta: editMembers(meta, { [RELATED_TASK]: editMembers(related, { taskId: toJsonText(renamed) }) }) })
}

/** The result of a task, saying which. */
export function relateToTask(result: JsonText, id: string): JsonText {
  const meta = readMember(result, '_meta') ?? EMPTY_OBJECT
  return editMembers(result, { _meta: editMembers(meta, { [RELATED_TASK]: toJsonText({ taskId: id }) }) })
}
