import type { McpEra } from '../../../domain/mcp-server.ts'
import type { JsonText } from '../../../lib/json-text.ts'
import type { AskClient } from '../drive-input.ts'

/** Whoever waits for the end of a task, and what the server may say to them meanwhile. */
export interface TaskWait {
  readonly signal: AbortSignal
  readonly ask?: AskClient | undefined
  /** Whose wait it is, for servers that do not say what they ask about. */
  readonly asker?: object | undefined
  readonly onServerNotification?: ((method: string, params: JsonText | undefined) => void) | undefined
}

/**
 * One task where it runs, under the id of its server. It knows nothing of clients: their ids, their eras and what they may
 * see are the table's business.
 */
export interface TaskSource extends Disposable {
  /** In whose words `read` and `cancel` answer. */
  readonly era: McpEra
  /** The task as its server tells it. */
  read(signal: AbortSignal): Promise<JsonText>
  /** The task in the words of the extension: with its result, its error or its open questions. */
  detail(signal: AbortSignal): Promise<JsonText>
  /** Waits for the end. Throws the server's `RpcError` when the task failed or was cancelled. It cancels nothing. */
  finish(wait: TaskWait): Promise<JsonText>
  /** Answers to questions that `detail` showed; others are ignored. */
  answer(responses: JsonText, signal: AbortSignal): Promise<void>
  cancel(signal: AbortSignal): Promise<JsonText>
}

/** Longest that anybody waits for one task. */
export const TASK_WAIT_MS = 86_400_000
