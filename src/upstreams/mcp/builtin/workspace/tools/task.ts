import { z } from 'zod'
import { defineTool } from '../define-tool.ts'
import { ToolFailureError } from '../tool-failure.ts'

export const task = defineTool(
  {
    name: 'Task',
    title: 'Give a task to another model run',
    description: 'Has a model work on a task of its own, with limits of its own, and returns its last words. It knows nothing but the prompt.',
    input: {
      description: z.string().describe('The task in three to five words.'),
      prompt: z.string().min(1).describe('The task, with everything that is needed to do it.'),
      subagent_type: z.string().optional().describe('What kind of agent.'),
    },
    annotations: { readOnlyHint: false, destructiveHint: true, idempotentHint: false, openWorldHint: true },
  },
  async ({ description, prompt, subagent_type }, { workspace, context }) => {
    const { settings, runTask } = workspace
    if (!settings.task) throw new ToolFailureError('Tasks are not configured for this workspace: set `workspace.task`.')
    if (!runTask) throw new ToolFailureError('Tasks are not configured: this gateway has nothing that runs them.')
    const { model, maxHops, timeoutMs } = settings.task
    const deadline = AbortSignal.timeout(timeoutMs)
    try {
      return await runTask({ description, prompt, agent: subagent_type, model, maxHops, signal: AbortSignal.any([context.signal, deadline]) })
    } catch (error) {
      context.signal.throwIfAborted()
      throw new ToolFailureError(deadline.aborted ? `The task took longer than ${timeoutMs} ms and was ended.` : `The task failed: ${(error as Error).message}`, { cause: error })
    }
  },
)
