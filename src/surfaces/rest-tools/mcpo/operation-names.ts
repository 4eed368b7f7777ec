import { pythonTitle } from './python-text.ts'

/** What mcpo calls a tool in its document. Clients have these names written into their own settings. */
export interface OperationNames {
  /** `tool_get_time_post`, for each tool of one server another. */
  readonly operationId: string
  /** `Get Time` */
  readonly summary: string
  /** Title of the answer’s schema: `Response Tool Get Time Post`. */
  readonly answerTitle: string
  /** Component of the arguments: `get_time_form_model`. */
  readonly formModel: string
  /** Component of the structured result: `get_time_response_model`. */
  readonly responseModel: string
}

const component = (name: string): string => name.replaceAll(/[^A-Za-z0-9._-]/g, '_')

/** Two tools that mcpo would call the same (`a-b` and `a_b`) are told apart by a number: a document with equal ids is not valid. */
function distinct(taken: Set<string>, wanted: string): string {
  let name = wanted
  for (let count = 2; taken.has(name); count++) name = `${wanted}_${count}`
  taken.add(name)
  return name
}

/** Names for the tools of one server, in their order. */
export function nameOperations(tools: readonly string[]): readonly OperationNames[] {
  const ids = new Set<string>()
  const models = new Set<string>()
  return tools.map((tool) => {
    const operationId = distinct(ids, `tool_${tool.replaceAll(/[^\p{L}\p{N}_]/gu, '_')}_post`)
    const model = distinct(models, component(tool))
    return {
      operationId,
      summary: pythonTitle(tool.replaceAll('_', ' ')),
      answerTitle: pythonTitle(`Response_${operationId}`).replaceAll('_', ' '),
      formModel: `${model}_form_model`,
      responseModel: `${model}_response_model`,
    }
  })
}
