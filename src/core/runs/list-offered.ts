import type { DialectTurns } from '../../dialects/index.ts'
import { isJsonObject, type JsonObject } from '../../lib/json.ts'
import { parseJsonText, type JsonText } from '../../lib/json-text.ts'
import { parseExact } from '../../lib/parse-exact.ts'
import type { OfferedTool } from './offer-tools.ts'
import { toldId } from './told-id.ts'

function annotationsOf({ entry }: OfferedTool): JsonObject | undefined {
  const written = parseJsonText(entry.definition)
  const annotations = isJsonObject(written) ? written['annotations'] : undefined
  return isJsonObject(annotations) ? annotations : undefined
}

/** The tools of each server that the client asked for by its dialect's own words, where clients are told of them, unless it has been told before. */
export function listOffered(offered: Iterable<OfferedTool>, turns: DialectTurns, conversation: readonly JsonText[], runId: string): readonly JsonObject[] {
  const { writeToolList, listedServer } = turns
  if (!writeToolList || !listedServer) return []
  const known = new Set(conversation.filter((text) => text.includes('list_tools')).map((text) => listedServer(parseExact(text))))
  const byServer = Map.groupBy([...offered].filter(({ isLabelled, label }) => isLabelled && !known.has(label)), ({ label }) => label)
  return [...byServer].map(([server, tools]) =>
    writeToolList({
      id: toldId(runId, `tools of ${server}`),
      server,
      tools: tools.map((tool) => ({ name: tool.entry.route.upstreamName, description: tool.definition.description, inputSchema: tool.definition.inputSchema, annotations: annotationsOf(tool) })),
    }),
  )
}
