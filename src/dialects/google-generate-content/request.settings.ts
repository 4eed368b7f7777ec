import { isJsonObject } from '../../lib/json.ts'
import type { AnswerFormat, CanonicalRequest, ReasoningWish } from '../canonical/request.ts'
import type { ProtoFields } from './proto-fields.ts'
import { toJsonSchema } from './json-schema.ts'

type Settings = Pick<CanonicalRequest, 'paths' | 'choices' | 'maxOutputTokens' | 'temperature' | 'topP' | 'topK' | 'seed' | 'frequencyPenalty' | 'presencePenalty' | 'stop' | 'reasoning' | 'format'>

/** `{"thinkingBudget":-1}` thinks as it likes, 0 not at all; what is thought is shown only where that is asked for. */
function decodeReasoning(config: ProtoFields | undefined): ReasoningWish | undefined {
  if (!config) return undefined
  const budget = config.number('thinkingBudget')
  const level = config.string('thinkingLevel')
  const shown = config.boolean('includeThoughts')
  const { path } = config
  const display = { isShown: shown === true, ...(shown === undefined ? {} : { shownPath: config.at('includeThoughts') }) }
  const tokens = { amountPath: config.at('thinkingBudget') }
  if (budget === 0) return { path, isOff: true }
  if (level !== undefined && level !== 'THINKING_LEVEL_UNSPECIFIED') return { path, effort: level.toLowerCase(), amountPath: config.at('thinkingLevel'), ...display }
  if (budget !== undefined) return { path, ...(budget > 0 ? { budgetTokens: budget } : {}), ...tokens, ...display }
  return shown === true ? { path, ...display } : undefined
}

const JSON_TYPE = 'application/json'

function decodeFormat(config: ProtoFields): AnswerFormat | undefined {
  if (config.peek('responseMimeType') !== JSON_TYPE) return undefined
  config.get('responseMimeType')
  for (const key of ['responseJsonSchema', '_responseJsonSchema', 'responseSchema']) {
    const schema = config.get(key)
    if (isJsonObject(schema)) return { kind: 'json-schema', path: config.at(key), name: undefined, schema: toJsonSchema(schema), strict: undefined }
  }
  return { kind: 'json-object', path: config.at('responseMimeType') }
}

/** Values that say what would be so anyway. */
function readDefaults(config: ProtoFields): void {
  const modalities = config.peek('responseModalities')
  if (Array.isArray(modalities) && modalities.every((modality) => modality === 'TEXT')) config.get('responseModalities')
  if (config.peek('responseMimeType') === 'text/plain') config.get('responseMimeType')
  if (config.peek('responseLogprobs') === false) config.get('responseLogprobs')
}

const NOTHING: Settings = {
  choices: 1, maxOutputTokens: undefined, temperature: undefined, topP: undefined, topK: undefined, seed: undefined,
  frequencyPenalty: undefined, presencePenalty: undefined, stop: [], reasoning: undefined, format: undefined,
}

const NAMES = { choices: 'candidateCount', maxOutputTokens: 'maxOutputTokens', temperature: 'temperature', topP: 'topP', topK: 'topK', seed: 'seed', frequencyPenalty: 'frequencyPenalty', presencePenalty: 'presencePenalty', stop: 'stopSequences' } as const

/** What of `generationConfig` is known; the rest is among its unread members. */
export function decodeSettings(config: ProtoFields | undefined): Settings {
  if (!config) return NOTHING
  readDefaults(config)
  return {
    paths: Object.fromEntries(Object.entries(NAMES).map(([name, key]) => [name, config.at(key)])),
    choices: config.number('candidateCount') ?? 1,
    maxOutputTokens: config.number('maxOutputTokens'),
    temperature: config.number('temperature'),
    topP: config.number('topP'),
    topK: config.number('topK'),
    seed: config.number('seed'),
    frequencyPenalty: config.number('frequencyPenalty'),
    presencePenalty: config.number('presencePenalty'),
    stop: (config.repeated('stopSequences') ?? []).flatMap(({ value }) => (typeof value === 'string' ? [value] : [])),
    reasoning: decodeReasoning(config.within('thinkingConfig')),
    format: decodeFormat(config),
  }
}
