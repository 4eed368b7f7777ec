import type { JsonObject } from '../../lib/json.ts'
import type { AttachmentNote } from './conversation.ts'
import { fetchPrompt, fetchResource, readPromptUse, type Asking, type ServerDeps } from './ask-servers.ts'
import { readFile, textPart, type AttachedPart, type Attachment } from './read-attachments.ts'

/** What a user says. */
export interface UserInput {
  readonly content: string
  readonly attachments: readonly Attachment[]
}

export interface ReadInput {
  readonly notes: readonly AttachmentNote[]
  /** Empty for a message that is no more than its text. */
  readonly wire: readonly JsonObject[]
}

/** Fetches what the message refers to, so that the question can be asked again without asking anybody else. */
export async function readInput({ content, attachments }: UserInput, deps: ServerDeps, asking: Asking): Promise<ReadInput> {
  const prompt = readPromptUse(content)
  const attached: AttachedPart[] = []
  for (const attachment of attachments) {
    if (attachment.kind === 'file') attached.push(readFile(attachment))
    else attached.push(...(await fetchResource(deps, attachment.uri, asking)))
  }
  const parts = attached.map(({ part }) => part)
  const notes = attached.map(({ note }) => note)
  if (prompt) {
    const said = await fetchPrompt(deps, prompt, asking)
    return { notes, wire: parts.length === 0 ? said : [...said, { role: 'user', content: parts }] }
  }
  if (parts.length === 0) return { notes, wire: [] }
  return { notes, wire: [{ role: 'user', content: [...(content === '' ? [] : [textPart(content)]), ...parts] }] }
}
