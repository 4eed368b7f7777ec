/** What the administration answers; the web app imports this file and nothing else of the gateway. */
export interface ReloadAnswer {
  readonly outcome: 'applied' | 'unchanged' | 'rejected'
  /** Entities by id, such as `mcpServers.everything`. */
  readonly added: readonly string[]
  readonly changed: readonly string[]
  readonly removed: readonly string[]
  /** Why it was rejected, one line per finding: `trunkline.yaml:7:3 …`; the running configuration stays. */
  readonly problems: readonly string[]
}
