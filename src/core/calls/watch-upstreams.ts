import type { McpUpstream, UpstreamChange } from '../../upstreams/mcp/index.ts'

/** Listens to every server there is, also after a reload replaced some. */
export interface UpstreamWatch extends Disposable {
  /** Takes note of servers that were added, removed or replaced. */
  sync(): void
}

export function watchUpstreams(
  upstreams: () => Iterable<McpUpstream>,
  listener: (upstream: McpUpstream, change: UpstreamChange) => void,
): UpstreamWatch {
  const watched = new Map<McpUpstream, () => void>()
  let isClosed = false
  const watch: UpstreamWatch = {
    sync() {
      if (isClosed) return
      const wanted = new Set(upstreams())
      for (const [upstream, unlisten] of watched) {
        if (wanted.has(upstream)) continue
        unlisten()
        watched.delete(upstream)
      }
      for (const upstream of wanted) {
        if (!watched.has(upstream)) watched.set(upstream, upstream.onChange((change) => listener(upstream, change)))
      }
    },
    [Symbol.dispose]() {
      isClosed = true
      for (const unlisten of watched.values()) unlisten()
      watched.clear()
    },
  }
  watch.sync()
  return watch
}
