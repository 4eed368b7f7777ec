import { matchWildcard } from '../../lib/match-wildcard.ts'
import { editMembers, EMPTY_OBJECT, readItems, readMember, readMembers, type JsonText } from '../../lib/json-text.ts'
import type { ScannedBody } from '../codec.ts'
import { editBody, sliceText, type BodyEdit } from '../json-edit.ts'
import { createJsonScanner, type MemberSpan } from '../json-scan.ts'
import type { Loss } from '../loss.ts'
import { refuseField } from '../refuse-field.ts'

/** The fields of the body that come with a beta, by the beta's name without its date. A `*` stands for each item of a list. */
const FIELDS: Readonly<Record<string, readonly string[]>> = {
  'context-management': ['/context_management'],
  compact: ['/compaction'],
  'mcp-client': ['/mcp_servers'],
  skills: ['/container'],
  'message-threads': ['/thread'],
  'fast-mode': ['/speed'],
  effort: ['/output_config/effort'],
  'task-budgets': ['/output_config/task_budget'],
  'structured-outputs': ['/output_format'],
  'server-side-fallback': ['/fallbacks'],
  'fallback-credit': ['/fallback_credit_token'],
  'cache-diagnosis': ['/diagnostics'],
  'user-profiles-billing': ['/billing_policy'],
  'thinking-display-updates': ['/thinking/display'],
  'thinking-binding-controls': ['/thinking/block_binding'],
  'mid-conversation-output-config': ['/messages/*/output_config'],
  'mid-conversation-system-clear-at': ['/messages/*/clear_at'],
  'mid-conversation-tool-changes': ['/messages/*/tool_addition', '/messages/*/tool_removal'],
  'advanced-tool-use': ['/tools/*/defer_loading', '/tools/*/input_examples', '/tools/*/allowed_callers'],
}

/** To leave these out would change what is done or where, not how well. */
const MUST_NOT_VANISH = new Set(['/mcp_servers', '/container', '/thread', '/compaction', '/output_format', '/messages/*/tool_addition', '/messages/*/tool_removal'])

/** What a provider takes of betas. */
export interface KnownBetas {
  /** With `*` for any run of characters; every beta without it, but for threads. */
  readonly betas: readonly string[] | undefined
  /** Keeps conversations that a request goes on with by `thread`; otherwise only a provider whose `betas` say so does. */
  readonly hasThreads: boolean
}

/** What of a request a provider that knows only some betas is not sent. */
export interface BetaPlan {
  /** The betas that are left; undefined when none is. */
  readonly header: string | undefined
  /** Pointers, such as `/thinking/display`. */
  readonly fields: readonly string[]
  readonly losses: readonly Loss[]
}

const THREADS = 'message-threads'
const REASON = 'the provider does not know the beta that it belongs to'

const stemOf = (beta: string): string => beta.replace(/-\d{4}-\d{2}-\d{2}$/, '')
const fieldsOf = (betas: readonly string[]): readonly string[] => betas.flatMap((beta) => FIELDS[stemOf(beta)] ?? [])

/** Where a field stands in the body, as pointers. */
function find(body: ScannedBody, field: string): readonly string[] {
  const [, top = '', second, third] = field.split('/')
  const member = body.scan.members.findLast(({ key }) => key === top)
  if (!member) return []
  if (second === undefined) return [field]
  const text = sliceText(body.pieces, member.valueStart, member.valueEnd) as JsonText
  if (third === undefined) return readMember(text, second) === undefined ? [] : [field]
  return readItems(text).flatMap((item, index) => (readMember(item, third) === undefined ? [] : [`/${top}/${index}/${third}`]))
}

const isAllowed = (beta: string, { betas, hasThreads }: KnownBetas): boolean =>
  betas ? betas.some((pattern) => matchWildcard(pattern, beta) !== undefined) : hasThreads || stemOf(beta) !== THREADS

/** Who keeps no threads would answer the few messages of one as if they were the whole conversation, also when no beta was named. */
function refuseThread(body: ScannedBody, kept: readonly string[], known: KnownBetas): void {
  const takesThreads = known.hasThreads || kept.some((beta) => stemOf(beta) === THREADS) || isAllowed(`${THREADS}-9999-01-01`, known)
  if (!takesThreads && find(body, '/thread').length > 0) refuseField('/thread', REASON)
}

/**
 * A beta and its fields travel together or not at all: a provider refuses a field whose beta it was not told. Undefined when every
 * beta is allowed. Throws `invalid_request` for a field that must not vanish.
 * @see https://github.com/router-for-me/CLIProxyAPI/issues/5745
 */
export function planBetas(body: ScannedBody, headers: Readonly<Record<string, string | readonly string[]>>, known: KnownBetas): BetaPlan | undefined {
  const given = [headers['anthropic-beta'] ?? []].flat().flatMap((value) => value.split(',')).map((beta) => beta.trim()).filter((beta) => beta !== '')
  const kept = given.filter((beta) => isAllowed(beta, known))
  refuseThread(body, kept, known)
  if (kept.length === given.length) return undefined
  const stays = new Set(fieldsOf(kept))
  const fields = [...new Set(fieldsOf(given))].filter((field) => !stays.has(field))
  const losses = fields.flatMap((field) =>
    find(body, field).map((path): Loss => {
      if (MUST_NOT_VANISH.has(field)) refuseField(path, REASON)
      return { path, kind: 'dropped', reason: REASON }
    }),
  )
  return { header: kept.length > 0 ? kept.join(',') : undefined, fields, losses }
}

function without(text: JsonText, key: string): JsonText {
  return readMembers(text).some((member) => member.key === key) ? editMembers(text, { [key]: undefined }) : text
}

function withoutEach(list: JsonText, key: string): JsonText {
  const items = readItems(list)
  const left = items.map((item) => without(item, key))
  return left.every((item, index) => item === items[index]) ? list : (`[${left.join(',')}]` as JsonText)
}

/** The value of a top-level member without its fields; undefined when nothing is left of it. */
function strip(text: JsonText, fields: readonly (readonly string[])[]): JsonText | undefined {
  let left = text
  for (const [second = '', third] of fields) {
    left = third === undefined ? without(left, second) : withoutEach(left, third)
  }
  return left === EMPTY_OBJECT && left !== text ? undefined : left
}

interface Stripped {
  /** As it was; undefined when nothing of it is left. */
  readonly before: JsonText | undefined
  readonly left: JsonText | undefined
}

/** Undefined for a member that the plan does not concern. */
function stripMember(pieces: readonly Uint8Array[], { key, valueStart, valueEnd }: MemberSpan, fields: readonly string[]): Stripped | undefined {
  const inner = fields.map((field) => field.split('/').slice(1)).filter(([top]) => top === key)
  if (inner.length === 0) return undefined
  if (inner.some((path) => path.length === 1)) return { before: undefined, left: undefined }
  const before = sliceText(pieces, valueStart, valueEnd) as JsonText
  return { before, left: strip(before, inner.map((path) => path.slice(1))) }
}

/** A member goes with the comma before it; what leads the object goes with the comma after it. */
function removeMember(members: readonly MemberSpan[], index: number, hasKept: boolean): BodyEdit {
  const { key, keyStart, valueEnd } = members[index] ?? { key: '', keyStart: 0, valueEnd: 0 }
  const [start, end] = hasKept ? [members[index - 1]?.valueEnd ?? keyStart, valueEnd] : [keyStart, members[index + 1]?.keyStart ?? valueEnd]
  return { pointer: `/${key}`, start, end, text: '' }
}

/** Takes the fields of the plan out of a body; everything else stays as it was written. */
export function stripBetas(pieces: readonly Uint8Array[], { losses, fields }: BetaPlan): readonly Uint8Array[] {
  if (losses.length === 0) return pieces
  const scanner = createJsonScanner()
  for (const piece of pieces) scanner.push(piece)
  const { members } = scanner.end()
  const edits: BodyEdit[] = []
  let hasKept = false
  for (const [index, member] of members.entries()) {
    const stripped = stripMember(pieces, member, fields)
    if (stripped && stripped.left === undefined) {
      edits.push(removeMember(members, index, hasKept))
      continue
    }
    hasKept = true
    const { key, valueStart, valueEnd } = member
    if (stripped?.left !== undefined && stripped.left !== stripped.before) edits.push({ pointer: `/${key}`, start: valueStart, end: valueEnd, text: stripped.left })
  }
  return editBody(pieces, edits)
}
