/** What decides about commands. Rules are texts such as `npm run *`; `*` stands for any text. */
export interface WorkspaceBash {
  /** The only commands that run; undefined is all, which only a sandbox allows. */
  readonly allow: readonly string[] | undefined
  readonly deny: readonly string[]
  /** Commands that run when the person at the client says yes. */
  readonly ask: readonly string[]
  /** Longest that a command may take; a call may ask for less. */
  readonly timeoutMs: number
  /** Longest output that a model is given. */
  readonly outputBytes: number
  /** Of each process, in bytes. */
  readonly memoryBytes: number
  /** Only a sandbox can keep commands from the network. */
  readonly network: boolean
  /** Set for commands, beside the few variables that all have. */
  readonly env: Readonly<Record<string, string>>
  /** Absolute folders that a sandbox shows beside the roots and the system’s programs, without letting them be written. */
  readonly readable: readonly string[]
}

export interface WorkspaceSearch {
  readonly provider: 'searxng' | 'brave' | 'tavily'
  /** Undefined is the provider’s own address; SearXNG has none. */
  readonly url: string | undefined
  readonly apiKey: string | undefined
}

/** Where tools may go on the web. A domain stands for its subdomains, too. */
export interface WorkspaceWeb {
  /** Undefined is every domain. */
  readonly allowDomains: readonly string[] | undefined
  readonly denyDomains: readonly string[]
  /** Addresses and networks (`127.0.0.1`, `10.0.0.0/8`) that are allowed though they are not public. */
  readonly allowAddresses: readonly string[]
  readonly maxBytes: number
  readonly timeoutMs: number
  readonly search: WorkspaceSearch | undefined
}

export interface WorkspaceTask {
  /** Undefined leaves the choice to the gateway. */
  readonly model: string | undefined
  readonly maxHops: number
  readonly timeoutMs: number
}

/** The built-in server for work on files, as a coding agent does it. Without `bash`, `web` or `task` their tools refuse. */
export interface WorkspaceSettings {
  /** Absolute folders. Nothing outside of them is read or written. */
  readonly roots: readonly [string, ...string[]]
  readonly readOnly: boolean
  readonly bash: WorkspaceBash | undefined
  /** `auto` takes bubblewrap where it works; `bubblewrap` refuses commands where it does not. */
  readonly sandbox: 'auto' | 'bubblewrap' | 'none'
  readonly web: WorkspaceWeb | undefined
  readonly task: WorkspaceTask | undefined
  /** Longest file that a tool reads or writes. */
  readonly fileBytes: number
}
