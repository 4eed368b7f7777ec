import { GatewayError } from '../../domain/errors.ts'
import type { JsonObject } from '../../lib/json.ts'
import type { CanonicalRequest } from '../canonical/request.ts'
import { ProtoFields } from './proto-fields.ts'
import { decodeContents, decodeInstruction } from './request.contents.ts'
import { decodeSettings } from './request.settings.ts'
import { decodeChoice, decodeTools, keepAllowed } from './request.tools.ts'

/** Reads a request to generate content. Which model it is for, and whether it shall stream, is in its address. */
export function decodeRequest(body: JsonObject): CanonicalRequest {
  const fields = new ProtoFields(body, '')
  const contents = fields.repeated('contents')
  if (!contents) throw new GatewayError('invalid_request', 'Expected `contents` to be a list.')
  const toolConfig = fields.within('toolConfig')
  const calling = toolConfig?.within('functionCallingConfig')
  const { tools, nativeTools } = decodeTools(fields.repeated('tools') ?? [])
  const config = fields.within('generationConfig')
  const settings = decodeSettings(config)
  const choicePath = calling?.path
  const request = {
    dialect: 'google-generate-content' as const,
    model: fields.string('model')?.replace(/^models\//, '') ?? '',
    system: decodeInstruction(fields.get('systemInstruction'), fields.at('systemInstruction')),
    messages: decodeContents(contents),
    nativeTools,
    tools: keepAllowed(calling, tools),
    toolChoice: decodeChoice(calling),
    parallelToolCalls: undefined,
    stream: false,
    ...settings,
    paths: { ...settings.paths, ...(choicePath === undefined ? {} : { toolChoice: choicePath, parallelToolCalls: choicePath }) },
    endUser: undefined,
  }
  const inner = Object.fromEntries([toolConfig, config].flatMap((group) => (group?.unread ? [[group.path.slice(1), group.unread] as const] : [])))
  return { ...request, extras: fields.source.extras ?? {}, ...(Object.keys(inner).length > 0 ? { inner } : {}) }
}
