import type { WebSocket } from 'ws'

export interface HeartbeatSettings {
  readonly intervalMs: number
  /** How long an answer to a ping is waited for. */
  readonly timeoutMs: number
}

/** Cuts a connection whose other end does not answer any more. Disposing it stops asking. */
export function startHeartbeat(socket: WebSocket, { intervalMs, timeoutMs }: HeartbeatSettings): Disposable {
  let deadline: NodeJS.Timeout | undefined
  const alive = (): void => {
    clearTimeout(deadline)
    deadline = undefined
  }
  const timer = setInterval(() => {
    if (socket.readyState !== socket.OPEN) return
    socket.ping()
    deadline ??= setTimeout(() => socket.terminate(), timeoutMs)
  }, intervalMs)
  socket.on('pong', alive).on('message', alive)
  return {
    [Symbol.dispose]() {
      clearInterval(timer)
      alive()
    },
  }
}
