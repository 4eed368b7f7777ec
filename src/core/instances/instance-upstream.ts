import type { McpServerId } from '../../domain/ids.ts'
import { readMember } from '../../lib/json-text.ts'
import type { McpCall, McpUpstream } from '../../upstreams/mcp/index.ts'

/** The upstream of one instance, under the instance’s key, which knows whether somebody still needs it. */
export interface InstanceUpstream {
  readonly upstream: McpUpstream
  /** Calls that run, tasks that go on after their call, and resources that are subscribed to. */
  readonly needs: number
  /** Settles when no call runs, or at the deadline. */
  idle(deadlineMs: number): Promise<void>
}

const uriOf = ({ params }: McpCall): string => (params && readMember(params, 'uri')) ?? ''

export function createInstanceUpstream(key: McpServerId, inner: McpUpstream, onUsed: () => void): InstanceUpstream {
  const subscribed = new Set<string>()
  const waiting = new Set<() => void>()
  let running = 0
  let lasting = 0

  /** A task keeps the signal of the call that made it until it is forgotten. */
  function watchLasting({ lasting: signal }: McpCall): void {
    if (!signal || signal.aborted) return
    lasting++
    signal.addEventListener('abort', () => void lasting--, { once: true })
  }

  async function call(asked: McpCall): Promise<Awaited<ReturnType<McpUpstream['call']>>> {
    running++
    onUsed()
    watchLasting(asked)
    try {
      const result = await inner.call(asked)
      if (asked.method === 'resources/subscribe') subscribed.add(uriOf(asked))
      if (asked.method === 'resources/unsubscribe') subscribed.delete(uriOf(asked))
      return result
    } finally {
      running--
      onUsed()
      if (running === 0) for (const resolve of waiting) resolve()
    }
  }

  const upstream: McpUpstream = {
    id: key,
    definition: inner.definition,
    get status() {
      return inner.status
    },
    start: () => inner.start(),
    restart: (reason) => inner.restart(reason),
    settled: (deadlineMs, signal) => inner.settled(deadlineMs, signal),
    call,
    notify: (method, params) => inner.notify(method, params),
    stderrTail: () => inner.stderrTail(),
    onChange: (listener) => inner.onChange(listener),
    [Symbol.asyncDispose]: () => inner[Symbol.asyncDispose](),
  }
  return {
    upstream,
    get needs() {
      return running + lasting + subscribed.size
    },
    async idle(deadlineMs) {
      if (running === 0) return
      const { promise, resolve } = Promise.withResolvers<void>()
      waiting.add(resolve)
      const timer = setTimeout(resolve, deadlineMs)
      await promise
      clearTimeout(timer)
      waiting.delete(resolve)
    },
  }
}
