import type { JsonObject } from '../../../../lib/json.ts'

const MODEL = { type: 'string', description: 'A model as `list_models` names it; the gateway’s default without it.' }
const PARAMETERS = { type: 'object', description: 'Anything else that goes to the provider as it is: temperature, max_tokens, reasoning_effort, …', additionalProperties: true }
const READ_ONLY = { readOnlyHint: true, openWorldHint: false }
const ASKS = { readOnlyHint: false, destructiveHint: false, openWorldHint: true }

const ANSWER = {
  type: 'object',
  properties: {
    model: { type: 'string' },
    text: { type: 'string' },
    thinking: { type: 'string' },
    finish: { type: 'string' },
    usage: { type: 'object', properties: { input: { type: 'integer' }, output: { type: 'integer' } } },
    durationMs: { type: 'number' },
  },
  required: ['model', 'text', 'finish', 'durationMs'],
}

export const MODELS_TOOLS: readonly JsonObject[] = [
  {
    name: 'chat',
    title: 'Chat with a model',
    description: 'Asks a model with a conversation and returns its answer. The text also comes piece by piece as progress.',
    inputSchema: {
      type: 'object',
      properties: {
        model: MODEL,
        messages: { type: 'array', items: { type: 'object', properties: { role: { type: 'string', enum: ['system', 'user', 'assistant'] }, content: {} }, required: ['role', 'content'] }, minItems: 1 },
        parameters: PARAMETERS,
      },
      required: ['messages'],
    },
    outputSchema: ANSWER,
    annotations: ASKS,
  },
  {
    name: 'complete',
    title: 'Complete a prompt',
    description: 'Asks a model with one prompt and returns its answer. The text also comes piece by piece as progress.',
    inputSchema: { type: 'object', properties: { model: MODEL, prompt: { type: 'string' }, system: { type: 'string' }, parameters: PARAMETERS }, required: ['prompt'] },
    outputSchema: ANSWER,
    annotations: ASKS,
  },
  {
    name: 'compare',
    title: 'Compare models',
    description: 'Asks several models the same and returns their answers side by side, with tokens and time.',
    inputSchema: { type: 'object', properties: { models: { type: 'array', items: { type: 'string' }, minItems: 2, maxItems: 8 }, prompt: { type: 'string' }, system: { type: 'string' }, parameters: PARAMETERS }, required: ['models', 'prompt'] },
    annotations: ASKS,
  },
  { name: 'list_models', title: 'List models', description: 'The models that can be asked, favourites first.', inputSchema: { type: 'object', properties: {} }, annotations: READ_ONLY },
  {
    name: 'provider_health',
    title: 'Provider health',
    description: 'How each target did lately: attempts, failures, the last failure and its reason, and which are left alone and until when.',
    inputSchema: { type: 'object', properties: {} },
    annotations: READ_ONLY,
  },
  {
    name: 'route_explain',
    title: 'Explain a route',
    description: 'Where a model’s name leads: the route and its targets in their order.',
    inputSchema: { type: 'object', properties: { model: { type: 'string' } }, required: ['model'] },
    annotations: READ_ONLY,
  },
]

export const MODELS_RESOURCES: readonly JsonObject[] = [
  { uri: 'trunkline://models', name: 'models', title: 'Models that can be asked', mimeType: 'application/json' },
  { uri: 'trunkline://health', name: 'health', title: 'Health of providers', mimeType: 'application/json' },
  { uri: 'trunkline://metrics', name: 'metrics', title: 'Metrics of the gateway', mimeType: 'text/plain' },
]
