import type { McpUpstream } from '../upstreams/mcp/index.ts'

/** An upstream that knows how many of its calls still run, so that it can be retired without cutting them. */
export interface CountedUpstream {
  readonly upstream: McpUpstream
  /** Settles when no call runs, or at the deadline. */
  idle(deadlineMs: number): Promise<void>
}

export function countCalls(inner: McpUpstream): CountedUpstream {
  let running = 0
  let whenIdle = Promise.withResolvers<void>()
  const upstream: McpUpstream = {
    id: inner.id,
    definition: inner.definition,
    get status() {
      return inner.status
    },
    start: () => inner.start(),
    restart: (reason) => inner.restart(reason),
    settled: (deadlineMs, signal) => inner.settled(deadlineMs, signal),
    async call(call) {
      running++
      try {
        return await inner.call(call)
      } finally {
        running--
        if (running === 0) whenIdle.resolve()
      }
    },
    notify: (method, params) => inner.notify(method, params),
    stderrTail: () => inner.stderrTail(),
    onChange: (listener) => inner.onChange(listener),
    [Symbol.asyncDispose]: () => inner[Symbol.asyncDispose](),
  }
  return {
    upstream,
    async idle(deadlineMs) {
      if (running === 0) return
      whenIdle = Promise.withResolvers()
      const timer = setTimeout(() => whenIdle.resolve(), deadlineMs)
      await whenIdle.promise
      clearTimeout(timer)
    },
  }
}
