import { Worker } from 'node:worker_threads'
import { ToolFailureError } from '../tool-failure.ts'
import type { SearchAnswer, SearchRequest } from './search-request.ts'

// Beside this file, under the same extension: sources run as they are, a build has JavaScript.
const THREAD = new URL(import.meta.url.endsWith('.ts') ? './search-thread.ts' : './search-thread.js', import.meta.url)
const SEARCH_MS = 20_000
const HEAP_MEGABYTES = 512

/** Searches in a thread of its own, which is ended when a pattern takes too long: it may be one whose time doubles with every letter. */
export async function runSearch(request: SearchRequest, signal: AbortSignal, limitMs = SEARCH_MS): Promise<string> {
  signal.throwIfAborted()
  const worker = new Worker(THREAD, { workerData: request, resourceLimits: { maxOldGenerationSizeMb: HEAP_MEGABYTES }, env: {}, stdout: false })
  const ended = Promise.withResolvers<SearchAnswer>()
  const deadline = setTimeout(() => ended.reject(new ToolFailureError(`The search took longer than ${limitMs / 1000} s and was ended. Use a simpler pattern, or search in a smaller folder.`)), limitMs)
  const stop = (): void => ended.reject(signal.reason as Error)
  signal.addEventListener('abort', stop, { once: true })
  worker.once('message', (answer: SearchAnswer) => ended.resolve(answer))
  worker.once('error', (error) => ended.reject((error as NodeJS.ErrnoException).code === 'ERR_WORKER_OUT_OF_MEMORY' ? new ToolFailureError('The search needs too much memory. Search in a smaller folder.', { cause: error }) : error))
  worker.once('exit', () => ended.reject(new Error('The search ended without an answer.')))
  try {
    const answer = await ended.promise
    if (answer.kind === 'refused') throw new ToolFailureError(`The pattern cannot be used: ${answer.message}`)
    return answer.text
  } finally {
    clearTimeout(deadline)
    signal.removeEventListener('abort', stop)
    await worker.terminate()
  }
}
