import { GatewayError } from '../../domain/errors.ts'
import type { JsonObject } from '../../lib/json.ts'
import type { Principal } from '../identity/index.ts'
import type { ConversationMessage, ConversationSettings } from './conversation.ts'
import { writeHistory } from './history.ts'
import type { ChatSettings } from './settings.ts'

export interface WrittenQuestion {
  readonly model: string
  /** A body of Chat Completions. */
  readonly body: JsonObject
  readonly tools: string | undefined
  readonly maxToolHops: number | undefined
  readonly streaming: boolean
}

/** Tools that the conversation asks for; those of the configuration for who may use them. An empty word asks for none. */
function selectTools({ tools }: ConversationSettings, chat: ChatSettings, principal: Principal): string | undefined {
  const selection = tools ?? (principal.scopes.has('tools:use') ? chat.tools : undefined)
  return selection === '' ? undefined : selection
}

/** The whole conversation as one question. Throws `unknown_model` when nobody says which model to ask. */
export function writeQuestion(settings: ConversationSettings, messages: readonly ConversationMessage[], chat: ChatSettings, principal: Principal, resources: string | undefined): WrittenQuestion {
  const model = settings.model ?? chat.model
  if (model === undefined) throw new GatewayError('unknown_model', 'No model was chosen: name one for the conversation, or set `chat.model`.')
  const tools = selectTools(settings, chat, principal)
  const prompt = settings.systemPrompt === '' ? chat.systemPrompt : settings.systemPrompt
  const system = [prompt, resources ?? ''].filter((text) => text !== '').join('\n\n')
  const body: JsonObject = {
    ...chat.parameters,
    ...settings.parameters,
    model,
    messages: [...(system === '' ? [] : [{ role: 'system', content: system }]), ...writeHistory(messages, tools !== undefined)],
    stream: settings.streaming,
  }
  const hops = [settings.maxToolHops, chat.maxToolHops].filter((limit) => limit !== undefined)
  return { model, body, tools, maxToolHops: hops.length === 0 ? undefined : Math.min(...hops), streaming: settings.streaming }
}
