import type { JsonObject } from '../../lib/json.ts'
import type { CanonicalRequest } from './request.ts'

/** Members that both dialects of OpenAI have and mean the same by. */
const SHARED = new Set(['metadata', 'service_tier', 'prompt_cache_key', 'prompt_cache_retention', 'prompt_cache_options', 'moderation', 'user'])

/** What a client of one dialect of OpenAI says in members that the other has too, and what is left of its unmodelled members. */
export interface OpenaiMembers {
  /** By the names that the other dialect has for them; how wordy an answer shall be is `verbosity`. */
  readonly carried: JsonObject
  /** Where the client wrote each of them. */
  readonly paths: Readonly<Record<string, string>>
  readonly extras: JsonObject
  readonly inner: Readonly<Record<string, JsonObject>>
}

export const isOpenai = ({ dialect }: Pick<CanonicalRequest, 'dialect'>): boolean => dialect === 'openai-chat' || dialect === 'openai-responses'

/** Takes nothing of requests of other dialects, and nothing where client and provider speak the same. */
export function takeOpenaiMembers(request: CanonicalRequest, to: 'openai-chat' | 'openai-responses'): OpenaiMembers {
  const { dialect, extras, inner = {} } = request
  if (!isOpenai(request) || dialect === to) return { carried: {}, paths: {}, extras, inner }
  const shared = Object.entries(extras).filter(([key]) => SHARED.has(key))
  const rest = Object.entries(extras).filter(([key]) => !SHARED.has(key) && key !== 'verbosity')
  const { verbosity: ofText, ...text } = inner['text'] ?? {}
  const verbosity = extras['verbosity'] ?? ofText
  const paths = Object.fromEntries([...shared.map(([key]) => [key, `/${key}`] as const), ['verbosity', ofText === undefined ? '/verbosity' : '/text/verbosity'] as const])
  return {
    carried: { ...Object.fromEntries(shared), ...(verbosity === undefined ? {} : { verbosity }) },
    paths,
    extras: Object.fromEntries(rest),
    inner: ofText === undefined ? inner : { ...inner, text },
  }
}
