import type { Usage } from '../domain/usage.ts'
import type { JsonValue } from '../lib/json.ts'
import type { ScannedBody, WholeVerdict } from './codec.ts'
import type { UpstreamFault } from './fault.ts'
import { sliceText } from './json-edit.ts'

/** Reads one small top-level member of an answer; undefined for one that is not there. */
export type MemberReader = (key: string) => JsonValue | undefined

export interface WholeTerms {
  /** Any of these members makes it an answer; the first is named when none is there. */
  readonly content: readonly [string, ...string[]]
  readonly usage: string
  decodeFault(error: JsonValue): UpstreamFault
  decodeUsage(usage: JsonValue | undefined): Usage | undefined
  /** A failure that the dialect tells otherwise than by `error`. */
  findFault?(read: MemberReader): UpstreamFault | undefined
}

/** An answer can be large (images, audio); its usage and its error are small. Only they are parsed. */
export function readWholeAnswer(body: ScannedBody, { content, usage, decodeFault, decodeUsage, findFault }: WholeTerms): WholeVerdict {
  const read: MemberReader = (key) => {
    const member = body.scan.members.findLast((candidate) => candidate.key === key)
    return member && (JSON.parse(sliceText(body.pieces, member.valueStart, member.valueEnd)) as JsonValue)
  }
  try {
    const error = read('error')
    if (error !== undefined && error !== null) return { kind: 'fault', fault: decodeFault(error) }
    const fault = findFault?.(read)
    if (fault) return { kind: 'fault', fault }
    if (!body.scan.members.some(({ key }) => content.includes(key))) return { kind: 'malformed', reason: `an answer without \`${content[0]}\`` }
    return { kind: 'answer', usage: decodeUsage(read(usage)) }
  } catch (thrown) {
    if (!(thrown instanceof SyntaxError)) throw thrown
    return { kind: 'malformed', reason: 'an answer that is not valid JSON' }
  }
}
