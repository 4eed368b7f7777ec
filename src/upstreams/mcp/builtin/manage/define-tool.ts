import { z } from 'zod'
import { asGatewayError } from '../../../../domain/errors.ts'
import { RpcError } from '../../../../domain/json-rpc.ts'
import type { ManageSettings } from '../../../../domain/manage.ts'
import type { JsonObject, JsonValue } from '../../../../lib/json.ts'
import type { Logger } from '../../../../telemetry/index.ts'
import type { BuiltinContext } from '../builtin-server.ts'
import type { AddressCheck } from './install/check-address.ts'
import type { ManagePort } from './manage-port.ts'
import type { RegistryClient } from './registry/registry-client.ts'

/** All that a tool has at hand. */
export interface ToolCall {
  readonly port: ManagePort
  readonly settings: ManageSettings
  /** Undefined when none is configured. */
  readonly registry: RegistryClient | undefined
  readonly checkAddress: AddressCheck
  readonly logger: Logger
  readonly context: BuiltinContext
}

export interface ToolAnswer {
  readonly text: string
  readonly structured: JsonObject
  /** The call had no effect, and the answer says why. */
  readonly isError?: boolean
}

export interface ManageTool {
  readonly name: string
  /** As `tools/list` shows it. */
  readonly definition: JsonObject
  /** Wrong arguments and refusals are a tool’s errors, which a model can read and mend. */
  run(given: JsonObject, call: ToolCall): Promise<JsonValue>
}

interface ToolFacts<Shape extends z.ZodRawShape> {
  readonly name: string
  readonly title: string
  readonly description: string
  readonly input: Shape
  /** Of `structuredContent`. More members may come. */
  readonly output: z.ZodRawShape
  readonly annotations: JsonObject
}

const problems = (error: z.ZodError): string => error.issues.map(({ path, message }) => `${path.length === 0 ? '' : `\`${path.join('.')}\`: `}${message}`).join('\n')

function jsonSchema(schema: z.ZodType, io: 'input' | 'output'): JsonObject {
  const { $schema: _, ...rest } = z.toJSONSchema(schema, { io }) as JsonObject
  return rest
}

const failed = (text: string): JsonValue => ({ content: [{ type: 'text', text }], isError: true })

export function defineTool<Shape extends z.ZodRawShape>({ name, title, description, annotations, input, output }: ToolFacts<Shape>, run: (given: z.output<z.ZodObject<Shape>>, call: ToolCall) => Promise<ToolAnswer> | ToolAnswer): ManageTool {
  const schema = z.strictObject(input)
  return {
    name,
    definition: { name, title, description, inputSchema: jsonSchema(schema, 'input'), outputSchema: jsonSchema(z.looseObject(output), 'output'), annotations },
    async run(given, call) {
      const parsed = schema.safeParse(given)
      if (!parsed.success) return failed(`${name} got wrong arguments.\n${problems(parsed.error)}`)
      try {
        const { text, structured, isError } = await run(parsed.data as z.output<z.ZodObject<Shape>>, call)
        return { content: [{ type: 'text', text }], structuredContent: structured, ...(isError === true ? { isError } : {}) }
      } catch (thrown) {
        if (thrown instanceof RpcError) throw thrown
        const error = asGatewayError(thrown)
        if (error.code === 'internal') call.logger.error({ err: thrown, tool: name }, 'a tool of the gateway’s own failed')
        return failed(error.message)
      }
    },
  }
}

/** It looks only. */
export const LOOKS: JsonObject = { readOnlyHint: true, destructiveHint: false, idempotentHint: true, openWorldHint: false }
/** It adds something, or what it does is taken back by another call without a loss. */
export const ADDS: JsonObject = { readOnlyHint: false, destructiveHint: false, idempotentHint: true, openWorldHint: false }
/** It replaces or ends something. A second call like it does nothing more. */
export const REPLACES: JsonObject = { readOnlyHint: false, destructiveHint: true, idempotentHint: true, openWorldHint: false }
