import { randomUUID } from 'node:crypto'
import { createCallRestorer, createFormatRestorer, createStopCutter, ThinkTags, type StreamPart } from '../../dialects/index.ts'
import { GatewayError } from '../../domain/errors.ts'
import { checkAnswer } from './check-answer.ts'
import type { Translation } from './translate-request.ts'

/** The seal of a thought that stood between tags, as the Chat dialect knows it. */
const TAGS = '<think>'

/** Brings a provider's parts into the form that the client asked for. Throws `upstream_protocol` for an answer that has not the wanted shape. */
export interface AnswerPipeline {
  push(parts: readonly StreamPart[]): readonly StreamPart[]
}

type Stage = (part: StreamPart) => readonly StreamPart[]

/** An answer whose shape has to be checked is held until it is whole: what has been sent cannot be asked for again. */
function createChecker({ format }: Translation): Stage {
  const { schema } = format
  if (!schema) return (part) => [part]
  const held: StreamPart[] = []
  return (part) => {
    held.push(part)
    if (part.type === 'error') return held.splice(0)
    if (part.type !== 'message-end') return []
    const calls = held.some(({ type }) => type === 'tool-call-start')
    const isWhole = part.finish.unified === 'stop' || part.finish.unified === 'stop-sequence' || part.finish.unified === 'other'
    if (calls || !isWhole) return held.splice(0)
    return replaceText(held, checked(schema, held))
  }
}

function checked(schema: NonNullable<Translation['format']['schema']>, held: readonly StreamPart[]): string {
  const text = held.map((part) => (part.type === 'text-delta' ? part.text : '')).join('')
  const result = checkAnswer(schema, text)
  if ('json' in result) return result.json
  throw new GatewayError('upstream_protocol', `The model was told to answer in JSON of a given shape and did not: ${result.repair.complaint}.`, { details: { repair: result.repair } })
}

/** The first text block says the JSON; what else was text is gone. */
function replaceText(held: readonly StreamPart[], json: string): readonly StreamPart[] {
  const texts = held.flatMap((part) => (part.type === 'text-start' ? [part.index] : []))
  const [first] = texts
  return held.flatMap((part): readonly StreamPart[] => {
    if (!('index' in part) || !texts.includes(part.index)) return [part]
    if (part.index !== first || part.type === 'text-delta') return []
    return part.type === 'text-start' ? [part, { type: 'text-delta', index: part.index, text: json }] : [part]
  })
}

function createTagReader({ plan, thinksInTags }: Translation): Stage {
  if (plan.to !== 'openai-chat' && plan.to !== 'ollama-chat') return (part) => [part]
  const tags = new ThinkTags(thinksInTags, TAGS)
  return (part) => tags.push(part)
}

/** Some providers name neither their answer nor its time; clients of other dialects count on both. */
function createHeadFiller({ answer: { origin } }: Translation): Stage {
  return (part) => {
    if (part.type !== 'message-start') return [part]
    const messageId = part.messageId === '' ? randomUUID().replaceAll('-', '') : part.messageId
    return [{ ...part, messageId, model: part.model === '' ? origin.model : part.model, createdAt: part.createdAt ?? Math.floor(Date.now() / 1000) }]
  }
}

export function createAnswerPipeline(translation: Translation): AnswerPipeline {
  const stages: readonly Stage[] = [createHeadFiller(translation), createTagReader(translation), createStopCutter(translation.encoded.unsentStops ?? []), createCallRestorer(translation.encoded.tools), createFormatRestorer(translation.format), createChecker(translation)]
  return { push: (parts) => stages.reduce<readonly StreamPart[]>((all, stage) => all.flatMap(stage), parts) }
}
