import type { JsonText } from '../../../lib/json-text.ts'
import type { PendingRequest } from './pending-request.ts'

type OnProgress = (params: JsonText) => void

/** Progress tokens that outlive the answer to their request, because it made a task. */
export interface LastingProgress {
  /** Keeps the token of a request that was answered, if its caller wants that. */
  keep(request: PendingRequest): void
  find(token: string | number | undefined): OnProgress | undefined
  clear(): void
}

export function createLastingProgress(): LastingProgress {
  const kept = new Map<string, { readonly onProgress: OnProgress; readonly signal: AbortSignal }>()
  return {
    keep({ id, call }) {
      if (!call?.lasting || call.lasting.aborted || !call.onProgress) return
      kept.set(String(id), { onProgress: call.onProgress, signal: call.lasting })
      call.lasting.addEventListener('abort', () => kept.delete(String(id)), { once: true })
    },
    find(token) {
      const found = token === undefined ? undefined : kept.get(String(token))
      return found?.signal.aborted ? undefined : found?.onProgress
    },
    clear: () => kept.clear(),
  }
}
