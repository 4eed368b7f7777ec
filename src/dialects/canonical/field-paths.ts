import type { Dialect } from '../../domain/dialect.ts'

/** Settings that dialects write in different places. */
export type SettingName = 'temperature' | 'topP' | 'topK' | 'seed' | 'frequencyPenalty' | 'presencePenalty' | 'stop' | 'choices' | 'maxOutputTokens' | 'parallelToolCalls' | 'toolChoice' | 'endUser'

const SNAKE: Readonly<Record<SettingName, string>> = {
  temperature: 'temperature',
  topP: 'top_p',
  topK: 'top_k',
  seed: 'seed',
  frequencyPenalty: 'frequency_penalty',
  presencePenalty: 'presence_penalty',
  stop: 'stop',
  choices: 'n',
  maxOutputTokens: 'max_completion_tokens',
  parallelToolCalls: 'parallel_tool_calls',
  toolChoice: 'tool_choice',
  endUser: 'safety_identifier',
}

const MESSAGES: Readonly<Partial<Record<SettingName, string>>> = { stop: 'stop_sequences', maxOutputTokens: 'max_tokens', parallelToolCalls: 'tool_choice/disable_parallel_tool_use', endUser: 'metadata/user_id' }
const RESPONSES: Readonly<Partial<Record<SettingName, string>>> = { maxOutputTokens: 'max_output_tokens' }
const OLLAMA: Readonly<Partial<Record<SettingName, string>>> = { maxOutputTokens: 'options/num_predict' }
const GEMINI: Readonly<Partial<Record<SettingName, string>>> = { stop: 'stopSequences', choices: 'candidateCount', maxOutputTokens: 'maxOutputTokens' }

/** The part of a request that tells where its settings are. */
export interface SettingPlaces {
  readonly dialect: Dialect
  readonly paths?: Readonly<Partial<Record<SettingName, string>>>
}

/** Where the client wrote a setting, as a JSON pointer into its request and in its own spelling: `/generation_config/top_k`. */
export function settingPath({ dialect, paths }: SettingPlaces, name: SettingName): string {
  return paths?.[name] ?? usualPath(dialect, name)
}

function usualPath(dialect: Dialect, name: SettingName): string {
  switch (dialect) {
    case 'anthropic-messages':
      return `/${MESSAGES[name] ?? SNAKE[name]}`
    case 'openai-responses':
      return `/${RESPONSES[name] ?? SNAKE[name]}`
    case 'google-generate-content':
      return name === 'toolChoice' || name === 'parallelToolCalls' ? '/toolConfig/functionCallingConfig' : `/generationConfig/${GEMINI[name] ?? name}`
    case 'ollama-chat':
      return `/${OLLAMA[name] ?? `options/${SNAKE[name]}`}`
    case 'openai-chat':
      return `/${SNAKE[name]}`
  }
}
