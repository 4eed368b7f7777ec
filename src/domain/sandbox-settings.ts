/** What scripts of clients in `code` mode may use. All of it holds for one script, but `processes`. */
export interface SandboxSettings {
  /** `bubblewrap`: nothing runs where there is none. `auto`: as closed as this machine allows, and a warning says what is open. */
  readonly sandbox: 'auto' | 'bubblewrap'
  /** Longest that a script runs; time in which somebody is asked does not count. */
  readonly timeoutMs: number
  readonly memoryBytes: number
  /** Of its console, in characters. What it returns is bounded by `messageBytes`. */
  readonly outputBytes: number
  /** Longest message in either direction: arguments or result of a call, or what the script returns. */
  readonly messageBytes: number
  /** Calls of tools, all together. */
  readonly calls: number
  /** Calls that run at one time; further ones wait. */
  readonly parallelCalls: number
  /** Scripts that run at one time; further ones wait. */
  readonly processes: number
}
