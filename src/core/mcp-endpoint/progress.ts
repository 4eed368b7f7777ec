import { editMembers, readMember, type JsonText } from '../../lib/json-text.ts'

/** The client's own progress token, as it wrote it; undefined when it wants no progress. */
export function readProgressToken(params: JsonText | undefined): JsonText | undefined {
  const meta = params?.includes('"progressToken"') ? readMember(params, '_meta') : undefined
  return meta && readMember(meta, 'progressToken')
}

/** A progress notification with the client's token in the place of the upstream's. */
export function restoreToken(params: JsonText, token: JsonText): JsonText {
  return editMembers(params, { progressToken: token })
}
