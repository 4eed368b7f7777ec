import type { GatewayError } from '../domain/errors.ts'

/** A question that is longer than the model can read. Clients compact their conversation when they are told so in words that they know. */
export interface Overflow {
  /** What the question has, and what the model can take, in tokens, where the provider tells both. */
  readonly numbers: { readonly count: string; readonly maximum: string } | undefined
}

/** How providers say it, each with its numbers. */
const TOLD: readonly RegExp[] = [
  /prompt is too long: (?<count>[\d,]+) tokens > (?<maximum>[\d,]+) maximum/i,
  /input token count \(?(?<count>[\d,]+)\)? exceeds the maximum number of tokens allowed \(?(?<maximum>[\d,]+)\)?/i,
  /maximum (?:context|prompt) length is (?<maximum>[\d,]+)\D+(?<count>[\d,]{3,})/i,
  /prompt contains (?<count>[\d,]+) tokens.*?(?<maximum>[\d,]+) maximum context length/i,
]

/** And those who tell no numbers. */
const HINTED = /context_length_exceeded|exceed_context_size|prompt is too long|(?:input|prompt|request|messages?)\b.{0,40}exceeds? the (?:available |maximum )?context|input is too long|maximum context length/i

/** Undefined for any other failure. */
export function readOverflow({ code, message, details }: GatewayError): Overflow | undefined {
  if (code !== 'invalid_request') return undefined
  for (const pattern of TOLD) {
    const { count, maximum } = pattern.exec(message)?.groups ?? {}
    if (count !== undefined && maximum !== undefined) return { numbers: { count: count.replaceAll(',', ''), maximum: maximum.replaceAll(',', '') } }
  }
  const { faultCode, type } = details
  return [message, faultCode, type].some((word) => typeof word === 'string' && HINTED.test(word)) ? { numbers: undefined } : undefined
}
