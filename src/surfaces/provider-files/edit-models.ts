import { createJsonStringEditor, type JsonStringEditor } from '../../lib/json-string-editor.ts'

/** `{"requests":[{"params":{"model":"…"}}]}` at Anthropic, and at OpenAI a file with a `{"body":{"model":"…"}}` on each line. */
const PLACES = [['requests', '*', 'params', 'model'], ['body', 'model']] as const

/** What of a form says that its file holds the requests of a batch. */
const IS_BATCH = /filename="[^"\r\n]*\.jsonl"|name="purpose"\r\n\r\nbatch\r\n/

const SAME: JsonStringEditor = { push: (bytes) => bytes, end: () => new Uint8Array() }

/** In a form only the lines of a batch are edited. Whether it has any is decided by its beginning: nothing is held back for it. */
function createFormEditor(editor: JsonStringEditor): JsonStringEditor {
  let chosen: JsonStringEditor | undefined
  return {
    push(bytes) {
      chosen ??= IS_BATCH.test(Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('latin1')) ? editor : SAME
      return chosen.push(bytes)
    },
    end: () => (chosen ?? SAME).end(),
  }
}

/**
 * Takes the gateway's name of a provider off the models that a batch asks for: `anthropic/claude-x` is `claude-x` there. The body keeps
 * its length; anything else passes as it is.
 */
export function createModelEditor(provider: string, contentType: string | undefined): JsonStringEditor {
  const prefix = `${provider}/`
  const edit = (model: string): string | undefined => (model.startsWith(prefix) ? model.slice(prefix.length) : undefined)
  const editor = createJsonStringEditor({ places: PLACES, edit, keepsLength: true })
  if (/^application\/json/i.test(contentType ?? '')) return editor
  return /^multipart\/form-data/i.test(contentType ?? '') ? createFormEditor(editor) : SAME
}
