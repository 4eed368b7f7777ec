import type { McpEra } from '../../domain/mcp-server.ts'
import type { JsonText } from '../../lib/json-text.ts'

/** The result of a tool of the gateway's own: text alone, since clients hand `structuredContent` to the model a second time. */
export function textResult(era: McpEra, text: string, isError = false): JsonText {
  const type = era === 'modern' ? '"resultType":"complete",' : ''
  return `{${type}"content":[{"type":"text","text":${JSON.stringify(text)}}]${isError ? ',"isError":true' : ''}}` as JsonText
}
