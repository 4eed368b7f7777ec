import { isJsonObject } from '../../lib/json.ts'
import { parseJsonText, readMember, type JsonText } from '../../lib/json-text.ts'
import type { NamedCapability } from '../catalog/index.ts'

function readText(object: JsonText | undefined, key: string): string | undefined {
  const text = object && readMember(object, key)
  const value = text === undefined ? undefined : parseJsonText(text)
  return typeof value === 'string' ? value : undefined
}

/** The tool's own name, or the one that `tool_invoke` passes on. */
function toolName(params: JsonText): string | undefined {
  const name = readText(params, 'name')
  return name === 'tool_invoke' ? (readText(readMember(params, 'arguments'), 'tool') ?? name) : name
}

function completed(params: JsonText): NamedCapability | undefined {
  const ref = readMember(params, 'ref')
  const value = ref && parseJsonText(ref)
  if (!isJsonObject(value)) return undefined
  const { name, uri } = value
  if (typeof name === 'string') return { kind: 'prompt', name }
  return typeof uri === 'string' ? { kind: 'resource', name: uri } : undefined
}

function readNamed(method: string, params: JsonText): NamedCapability | undefined {
  const make = (kind: 'tool' | 'prompt' | 'resource', name: string | undefined): NamedCapability | undefined => (name === undefined ? undefined : { kind, name })
  switch (method) {
    case 'tools/call':
      return make('tool', toolName(params))
    case 'prompts/get':
      return make('prompt', readText(params, 'name'))
    case 'resources/read':
    case 'resources/subscribe':
      return make('resource', readText(params, 'uri'))
    case 'completion/complete':
      return completed(params)
    default:
      return undefined
  }
}

/** What a request of a client names, if it names anything; what is wrong with it is said when it is resolved. */
export function namedBy(method: string, params: JsonText | undefined): readonly NamedCapability[] {
  const named = params && readNamed(method, params)
  return named ? [named] : []
}
