import { parseJsonText, type JsonText } from '../../src/lib/json-text.ts'
import type { JsonObject } from '../../src/lib/json.ts'
import { errorTerms, toldToFail } from './error-terms.ts'
import type { Script } from './script.ts'
import { writeSseFrame } from './sse-frame.ts'
import type { Wire, Writing } from './wire.ts'
import { writeCount } from './write-count.ts'

/** `share` of the output, for the chunks before the last. Candidates do not include thoughts. */
function usageOf({ reply: { usage }, script }: Writing, share: number): JsonObject {
  if (script.usage === 'none') return {}
  const candidates = Math.floor((usage.output - usage.reasoning) * share)
  return {
    usageMetadata: {
      promptTokenCount: writeCount(usage.input, script.usage),
      candidatesTokenCount: writeCount(candidates, script.usage),
      totalTokenCount: writeCount(usage.input + candidates + usage.reasoning, script.usage),
      ...(usage.cached > 0 ? { cachedContentTokenCount: usage.cached } : {}),
      ...(usage.reasoning > 0 ? { thoughtsTokenCount: usage.reasoning } : {}),
      promptTokensDetails: [{ modality: 'TEXT', tokenCount: usage.input }],
    },
  }
}

/** The first call carries the seal; without calls it sits on an empty text part behind the text. */
function callParts({ reply, script }: Writing): readonly JsonObject[] {
  return reply.tools.map(({ id, call, name, argumentsText }) => ({
    functionCall: {
      ...(script.callIds === false ? {} : { id: `sim_call_${call}` }),
      name,
      args: parseJsonText(argumentsText as JsonText),
    },
    ...(id === 0 && reply.seal !== undefined ? { thoughtSignature: reply.seal } : {}),
  }))
}

/** A whole answer has its text in one part. */
function parts(writing: Writing, isWhole: boolean): readonly JsonObject[] {
  const { reply } = writing
  const thoughts = reply.reasoning === undefined ? [] : [{ text: reply.reasoning, thought: true }]
  if (reply.refusal !== undefined) return thoughts
  if (reply.tools.length > 0) return [...thoughts, ...callParts(writing)]
  const texts = isWhole ? [reply.pieces.join('')] : reply.pieces
  const sealed = reply.seal === undefined ? [] : [{ text: '', thoughtSignature: reply.seal }]
  return [...thoughts, ...texts.map((text) => ({ text })), ...sealed]
}

const finishOf = ({ reply }: Writing): string => reply.finish ?? (reply.refusal === undefined ? 'STOP' : 'SAFETY')

/** `content` has no parts where the answer was refused. */
function chunk(writing: Writing, said: readonly JsonObject[], isLast: boolean, share: number): JsonObject {
  const { reply, script } = writing
  const identity = { modelVersion: reply.model, responseId: reply.id }
  if (script.blockReason !== undefined) return { promptFeedback: { blockReason: script.blockReason }, ...usageOf(writing, 0), ...identity }
  const content = { role: 'model', ...(said.length > 0 ? { parts: said } : {}) }
  return { candidates: [{ content, index: 0, ...(isLast ? { finishReason: finishOf(writing) } : {}) }], ...usageOf(writing, share), ...identity }
}

function chunks(writing: Writing): readonly string[] {
  const said = parts(writing, false)
  const hasEnd = writing.script.terminator !== 'none'
  const groups = writing.script.blockReason !== undefined || said.length === 0 ? [[]] : said.map((part) => [part])
  if (writing.reply.refusal !== undefined && said.length > 0) groups.push([])
  return groups.map((group, index) => {
    const isLast = index === groups.length - 1
    return JSON.stringify(chunk(writing, group, isLast && hasEnd, isLast ? 1 : (index + 1) / groups.length))
  })
}

/** `[{…}`, `,\r\n{…}`, `]`: one JSON array that arrives piece by piece. */
function arrayEvents(texts: readonly string[]): readonly string[] {
  return [...texts.map((text, index) => `${index === 0 ? '[' : ',\r\n'}${text}`), ']']
}

function writeError(status: number, script: Script, message: string = toldToFail(status)): string {
  const { retryAfter } = script
  const details = retryAfter === undefined ? [] : [{ '@type': 'type.googleapis.com/google.rpc.RetryInfo', retryDelay: `${retryAfter}s` }]
  const code = status === 529 ? 503 : status
  return JSON.stringify({ error: { code, message, status: errorTerms(status).google, ...(details.length > 0 ? { details } : {}) } })
}

/** @see https://ai.google.dev/api/generate-content#generatecontentresponse */
export const geminiWire: Wire = {
  streamType: ({ asEvents }) => (asEvents ? 'text/event-stream' : 'application/json'),
  whole: (writing) => JSON.stringify(chunk(writing, parts(writing, true), true, 1)),
  events: (writing) => {
    const texts = chunks(writing)
    return writing.asEvents ? texts.map((data) => writeSseFrame(data, undefined, writing.script, 'crlf')) : arrayEvents(texts)
  },
  error: writeError,
  errorEvent({ script, asEvents }, index) {
    const data = script.body ?? writeError(503, script)
    return asEvents ? writeSseFrame(data, undefined, script, 'crlf') : `${index === 0 ? '[' : ',\r\n'}${data}]`
  },
  brokenEvent: 'data: {"candidates":[{"content"\r\n\r\n',
}
