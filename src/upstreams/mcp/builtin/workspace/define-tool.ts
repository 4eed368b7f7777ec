import { z } from 'zod'
import type { JsonObject, JsonValue } from '../../../../lib/json.ts'
import { namedPath } from './files/named-path.ts'
import { failureText, ToolFailureError } from './tool-failure.ts'
import type { ToolCall, Workspace } from './workspace.ts'

/** The content of an answer; a text alone is one text block. */
export type Answer = string | readonly JsonObject[]

export interface WorkspaceTool {
  readonly name: string
  /** As `tools/list` shows it. */
  list(workspace: Workspace): JsonObject
  /** Wrong arguments and refusals are a tool’s errors, which a model can read and mend. */
  run(given: JsonObject, call: ToolCall): Promise<JsonValue>
}

interface ToolFacts<Shape extends z.ZodRawShape> {
  readonly name: string
  readonly title: string
  readonly description: string | ((workspace: Workspace) => string)
  readonly input: Shape
  readonly annotations: JsonObject
}

const contentOf = (answer: Answer): readonly JsonObject[] => (typeof answer === 'string' ? [{ type: 'text', text: answer }] : answer)

const problems = (error: z.ZodError): string => error.issues.map(({ path, message }) => `${path.length === 0 ? '' : `\`${path.join('.')}\`: `}${message}`).join('\n')

/** Wherever files are changed, one tool at a time. */
export function whileWritable<Result>({ workspace }: ToolCall, work: () => Promise<Result>): Promise<Result> {
  if (workspace.settings.readOnly) throw new ToolFailureError('Refused: this workspace is read-only (`readOnly`).')
  return workspace.exclusively(work)
}

export function defineTool<Shape extends z.ZodRawShape>(facts: ToolFacts<Shape>, run: (given: z.output<z.ZodObject<Shape>>, call: ToolCall) => Promise<Answer> | Answer): WorkspaceTool {
  const { name, title, description, annotations } = facts
  const schema = z.object(facts.input)
  const { $schema: _, ...inputSchema } = z.toJSONSchema(schema, { io: 'input' }) as JsonObject
  return {
    name,
    list: (workspace) => ({ name, title, description: typeof description === 'string' ? description : description(workspace), inputSchema, annotations }),
    async run(given, call) {
      const parsed = schema.safeParse(given)
      if (!parsed.success) return { content: contentOf(`InputValidationError: ${name} got wrong arguments.\n${problems(parsed.error)}`), isError: true }
      try {
        return { content: contentOf(await run(parsed.data, call)) }
      } catch (error) {
        const text = failureText(error)
        if (text === undefined) throw error
        return { content: contentOf(text), isError: true }
      }
    },
  }
}

export const READS: JsonObject = { readOnlyHint: true, openWorldHint: false }
export const WRITES: JsonObject = { readOnlyHint: false, destructiveHint: true, idempotentHint: false, openWorldHint: false }

/** What a path that a model wrote names; a relative one starts at the first root. */
export const pathOf = (given: string, { workspace }: ToolCall): string => namedPath(given, workspace.roots[0])

