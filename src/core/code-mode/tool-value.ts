import { isJsonObject, type JsonObject } from '../../lib/json.ts'
import { parseJsonText, readMember, toJsonText, type JsonText } from '../../lib/json-text.ts'
import type { ScriptAnswer } from '../../upstreams/sandbox/index.ts'

/** Text of all blocks, or undefined when one of them is something else. */
function textOf(content: JsonText): string | undefined {
  const blocks: unknown = parseJsonText(content)
  if (!Array.isArray(blocks)) return undefined
  const texts = (blocks as readonly unknown[]).map((block) => (isJsonObject(block) && block['type'] === 'text' && typeof block['text'] === 'string' ? block['text'] : undefined))
  return texts.every((text) => text !== undefined) ? texts.join('\n') : undefined
}

const isFailed = (result: JsonText): boolean => result.includes('"isError"') && readMember(result, 'isError') === 'true'

/** The members of a `ToolError` for a tool that says it failed. */
function failure(tool: string, result: JsonText): ScriptAnswer {
  const content = readMember(result, 'content') ?? ('[]' as JsonText)
  const text = textOf(content)
  const structured = readMember(result, 'structuredContent')
  const members = [`"message":${JSON.stringify(text === undefined || text === '' ? `${tool} failed.` : text)}`, `"tool":${JSON.stringify(tool)}`, `"content":${content}`]
  if (structured !== undefined) members.push(`"structuredContent":${structured}`)
  return { isError: true, value: `{${members.join(',')}}` as JsonText }
}

/** What a call by place gives: what the tool declares to return, else its text, else all that it said. */
export function toToolValue(tool: string, result: JsonText): ScriptAnswer {
  if (isFailed(result)) return failure(tool, result)
  const structured = readMember(result, 'structuredContent')
  if (structured !== undefined && structured !== 'null') return { isError: false, value: structured }
  const content = readMember(result, 'content') ?? ('[]' as JsonText)
  const text = textOf(content)
  return { isError: false, value: text === undefined ? content : toJsonText(text) }
}

/** What is thrown for a call that could not be made or got no result. */
export function toToolError(facts: JsonObject & { readonly message: string }): ScriptAnswer {
  return { isError: true, value: toJsonText(facts) }
}
