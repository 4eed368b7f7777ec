import { createAnthropic } from '@ai-sdk/anthropic'
import { createGoogle } from '@ai-sdk/google'
import { createOpenAI } from '@ai-sdk/openai'
import { createOpenAICompatible } from '@ai-sdk/openai-compatible'
import { createAiSdkClient } from './ai-sdk-client.ts'
import { anthropicClient } from './anthropic-client.ts'
import { googleClient } from './google-client.ts'
import { openaiChatClient } from './openai-chat-client.ts'
import { openaiResponsesClient } from './openai-responses-client.ts'
import { CLIENT_KEY as apiKey, type SdkClient } from './sdk-client.ts'

/** Every SDK of the matrix. */
export const CLIENTS: readonly SdkClient[] = [
  openaiChatClient,
  openaiResponsesClient,
  anthropicClient,
  googleClient,
  createAiSdkClient({
    name: 'openai chat',
    dialect: 'openai-chat',
    model: 'gpt-5.2',
    open: ({ origin, model }) => createOpenAI({ baseURL: `${origin}/v1`, apiKey }).chat(model),
    thinking: { openai: { reasoningEffort: 'medium' } },
  }),
  createAiSdkClient({
    name: 'openai responses',
    dialect: 'openai-responses',
    model: 'gpt-5.2',
    open: ({ origin, model }) => createOpenAI({ baseURL: `${origin}/v1`, apiKey }).responses(model),
    thinking: { openai: { store: false, reasoningEffort: 'medium', reasoningSummary: 'auto', include: ['reasoning.encrypted_content'] } },
    usual: { openai: { store: false } },
  }),
  createAiSdkClient({
    name: 'anthropic',
    dialect: 'anthropic-messages',
    model: 'claude-opus-4-5',
    open: ({ origin, model }) => createAnthropic({ baseURL: `${origin}/v1`, apiKey })(model),
    thinking: { anthropic: { thinking: { type: 'enabled', budgetTokens: 2_000 } } },
  }),
  createAiSdkClient({
    name: 'google',
    dialect: 'google-generate-content',
    model: 'gemini-3.5-flash',
    open: ({ origin, model }) => createGoogle({ baseURL: `${origin}/v1beta`, apiKey })(model),
    thinking: { google: { thinkingConfig: { includeThoughts: true, thinkingLevel: 'low' } } },
  }),
  createAiSdkClient({
    name: 'openai-compatible',
    dialect: 'openai-chat',
    model: 'any-model',
    open: ({ origin, model }) => createOpenAICompatible({ name: 'trunkline', baseURL: `${origin}/v1`, apiKey, includeUsage: true, supportsStructuredOutputs: true })(model),
    thinking: { trunkline: { reasoningEffort: 'medium' } },
  }),
]
