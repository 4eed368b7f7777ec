import { isJsonObject, type JsonObject, type JsonValue } from '../../lib/json.ts'
import type { Loss } from '../loss.ts'
import type { CanonicalRequest, TextBlock, ToolDefinition } from './request.ts'

/** What an answer in a wanted shape rests on. */
export type FormatPath = 'native' | 'tool' | 'instructed'

/** A request whose wish for a shape was written so that a model without that feature can follow it. */
export interface FormatPlan {
  readonly path: FormatPath
  readonly request: CanonicalRequest
  /** The tool whose arguments are the answer, on the path `tool`. */
  readonly tool?: { readonly name: string; readonly isWrapped: boolean }
  /** What the answer has to match, on the path `instructed`; undefined when any JSON object will do. */
  readonly schema?: JsonObject
  readonly losses: readonly Loss[]
}

const ANY_OBJECT: JsonObject = { type: 'object' }

function freeName(tools: readonly ToolDefinition[]): string {
  const taken = new Set(tools.map(({ name }) => name))
  let name = 'structured_answer'
  while (taken.has(name)) name = `_${name}`
  return name
}

/** References to the root of a schema that now stands one level deeper. */
function deepen(value: JsonValue): JsonValue {
  if (Array.isArray(value)) return value.map((item: JsonValue) => deepen(item))
  if (!isJsonObject(value)) return value
  return Object.fromEntries(Object.entries(value).map(([key, inner]) => {
    const reference = key === '$ref' && typeof inner === 'string' && inner.startsWith('#') && !/^#\/(\$defs|definitions)\//.test(inner)
    return [key, reference ? `#/properties/value${String(inner).slice(1)}` : inner === undefined ? inner : deepen(inner)]
  }))
}

/** Arguments are objects; a schema of anything else is asked for as their member `value`. */
function wrap(schema: JsonObject): JsonObject {
  const { $defs, definitions, $schema, ...root } = schema
  return {
    ...($schema === undefined ? {} : { $schema }),
    type: 'object',
    properties: { value: deepen(root) },
    required: ['value'],
    additionalProperties: false,
    ...($defs === undefined ? {} : { $defs: deepen($defs) }),
    ...(definitions === undefined ? {} : { definitions: deepen(definitions) }),
  }
}

const instruct = (path: string, text: string): TextBlock => ({ type: 'text', text, path })

function planTool(request: CanonicalRequest, path: string, schema: JsonObject): FormatPlan {
  const name = freeName(request.tools)
  const isWrapped = schema['type'] !== 'object'
  const tool: ToolDefinition = { name, description: 'Gives the answer. Call it once, with the whole answer as its arguments.', inputSchema: isWrapped ? wrap(schema) : schema, path }
  const thinks = request.reasoning !== undefined && request.reasoning.isOff !== true
  const hasOthers = request.tools.length > 0 && request.toolChoice?.kind !== 'none'
  // A tool cannot be forced while the model thinks, so it is asked for in words.
  const words = thinks || hasOthers ? [instruct(path, `When you have the answer, give it by calling the tool \`${name}\`, and say nothing else.`)] : []
  const asked: CanonicalRequest = {
    ...request,
    format: undefined,
    system: [...request.system, ...words],
    tools: request.toolChoice?.kind === 'none' ? [tool] : [...request.tools, tool],
    toolChoice: request.toolChoice?.kind === 'tool' ? request.toolChoice : thinks ? { kind: 'auto' } : hasOthers ? { kind: 'any' } : { kind: 'tool', name },
  }
  const losses: readonly Loss[] = [{ path, kind: 'approximated', reason: 'the model answers by calling a tool with this schema' }]
  return { path: 'tool', request: asked, tool: { name, isWrapped }, losses }
}

function planInstructed(request: CanonicalRequest, path: string, schema: JsonObject | undefined): FormatPlan {
  const words = schema
    ? `Answer with JSON only: no other text, no code fence. It must match this JSON Schema:\n${JSON.stringify(schema)}`
    : 'Answer with one JSON object only: no other text, no code fence.'
  const losses: readonly Loss[] = [{ path, kind: 'approximated', reason: 'asked for in the instructions; the answer is checked' }]
  return { path: 'instructed', request: { ...request, format: undefined, system: [...request.system, instruct(path, words)] }, schema: schema ?? ANY_OBJECT, losses }
}

/** Writes the wish for a shape as the provider can follow it. Without a wish, or where the dialect's own field works, nothing changes. */
export function planFormat(request: CanonicalRequest, path: FormatPath): FormatPlan {
  const { format } = request
  if (!format || path === 'native') return { path: 'native', request, losses: [] }
  if (format.kind === 'json-object') return planInstructed(request, format.path, undefined)
  return path === 'tool' ? planTool(request, format.path, format.schema) : planInstructed(request, format.path, format.schema)
}
