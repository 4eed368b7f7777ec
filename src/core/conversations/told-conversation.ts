import type { Usage } from '../../domain/usage.ts'
import type { JsonObject } from '../../lib/json.ts'
import type { Conversation, ConversationMessage, ToolStep } from './conversation.ts'

/** How conversations are told to clients and exported: one form for the WebSocket, for REST and for files. */
export function tellConversation({ id, title, settings, isFavourite, saved, createdAt, updatedAt }: Conversation): JsonObject {
  const { model, systemPrompt, parameters, tools, maxToolHops, streaming } = settings
  return {
    id,
    title,
    model: model ?? null,
    system_prompt: systemPrompt,
    parameters,
    tools: tools ?? null,
    max_tool_hops: maxToolHops ?? null,
    streaming,
    favourite: isFavourite,
    saved_as: saved?.name ?? null,
    saved_at: saved?.at.toISOString() ?? null,
    created_at: createdAt.toISOString(),
    updated_at: updatedAt.toISOString(),
  }
}

export function tellUsage({ input, output }: Usage): JsonObject {
  return {
    input_tokens: input.total,
    output_tokens: output.total,
    cache_read_tokens: input.cacheRead,
    cache_write_tokens: input.cacheWrite,
    reasoning_tokens: output.reasoning,
  }
}

export function tellStep({ callId, server, tool, argumentsText, result }: ToolStep): JsonObject {
  return {
    call_id: callId,
    server,
    tool,
    arguments: argumentsText,
    ...(result ? { result: result.text, is_error: result.isError, duration_ms: Math.round(result.durationMs) } : {}),
  }
}

export function tellMessage(message: ConversationMessage): JsonObject {
  const { sequence, role, state, content, thinking, createdAt, attachments, steps, model, usage, finishReason } = message
  const base = { id: sequence, role, state, content, created_at: createdAt.toISOString() }
  if (role === 'user') return { ...base, attachments: attachments.map(({ name, mediaType, bytes }) => ({ name, type: mediaType, bytes })) }
  return {
    ...base,
    thinking,
    steps: steps.map(tellStep),
    model: model ?? null,
    usage: usage ? tellUsage(usage) : null,
    finish_reason: finishReason ?? null,
  }
}
