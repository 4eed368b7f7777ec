/** Where a task of a client runs, so that it is found again after a restart of the gateway. Class D2. */
export interface StoredMcpTask {
  /** As the client knows it. It opens the task only to its owner. */
  readonly id: string
  /** The server, or the instance of it. */
  readonly server: string
  /** As the server knows it; empty for a task that no server has. */
  readonly upstreamId: string
  /** In whose words the server speaks of it. */
  readonly era: 'legacy' | 'modern'
  /** The server's own name of the tool that was called. */
  readonly tool: string | undefined
  readonly principal: string
  /** A digest of the MCP session of a legacy client; undefined for a task that belongs to its principal. */
  readonly owner: string | undefined
  readonly createdAt: Date
}

/** Tasks of clients. Rejects with `storage_unavailable`; writes keep their order and are durable when they settle. */
export interface McpTaskStore {
  /** Oldest first. */
  all(): Promise<readonly StoredMcpTask[]>
  save(task: StoredMcpTask): Promise<void>
  remove(id: string): Promise<void>
  /** Removes those from before. */
  trim(before: Date): Promise<void>
}
