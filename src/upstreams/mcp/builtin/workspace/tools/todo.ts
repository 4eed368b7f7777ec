import { z } from 'zod'
import { defineTool } from '../define-tool.ts'

const todo = z.object({
  content: z.string().min(1).describe('What is to be done.'),
  status: z.enum(['pending', 'in_progress', 'completed']),
  activeForm: z.string().min(1).optional().describe('The same while it is done: “Running tests”.'),
  priority: z.enum(['high', 'medium', 'low']).optional(),
  id: z.string().optional(),
})

const KEEPS = { readOnlyHint: false, destructiveHint: false, idempotentHint: true, openWorldHint: false }

export const todoWrite = defineTool(
  {
    name: 'TodoWrite',
    title: 'Write the list of tasks',
    description: 'Replaces the list of tasks of this session. Have one task in progress at a time, and mark it completed as soon as it is.',
    input: { todos: z.array(todo).max(1_000).describe('The whole list.') },
    annotations: KEEPS,
  },
  ({ todos }, { session }) => {
    session.todos = todos
    return 'Todos have been modified successfully. Ensure that you continue to use the todo list to track your progress. Please proceed with the current tasks if applicable'
  },
)

export const todoRead = defineTool(
  {
    name: 'TodoRead',
    title: 'Read the list of tasks',
    description: 'The list of tasks of this session, as TodoWrite left it, as JSON.',
    input: {},
    annotations: { readOnlyHint: true, openWorldHint: false },
  },
  (_given, { session }) => JSON.stringify(session.todos, undefined, 2),
)
