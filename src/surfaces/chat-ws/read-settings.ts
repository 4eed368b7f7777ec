import type { ConversationSettings } from '../../core/conversations/index.ts'
import { withoutUndefined } from '../../lib/without-undefined.ts'
import type { ClientMessage } from './client-messages.ts'

type SetConfig = ClientMessage & { readonly type: 'set_config' | 'new_session' }

/** Only what the message says; null takes back what was said before. */
export function readSettings({ model, system_prompt: systemPrompt, tools, max_tool_hops: maxToolHops, parameters, streaming }: SetConfig): Partial<ConversationSettings> {
  return {
    ...withoutUndefined({ systemPrompt, parameters, streaming }),
    ...(model === undefined ? {} : { model: model ?? undefined }),
    ...(tools === undefined ? {} : { tools: tools ?? undefined }),
    ...(maxToolHops === undefined ? {} : { maxToolHops: maxToolHops ?? undefined }),
  }
}
