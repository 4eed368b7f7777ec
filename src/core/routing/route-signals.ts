/** What a route with roles decides by: facts of one request, some of them estimates. */
export interface RouteSignals {
  /** The name that the client asked for. */
  readonly model: string
  readonly estimatedInputTokens: number
  /** A thinking budget, or high effort. Thinking that is merely allowed does not count. */
  readonly asksForThinking: boolean
  /** A web search that the provider runs, not a tool of the client. */
  readonly hasWebSearchTool: boolean
  readonly isSubAgent: boolean
  /** The client asked for a model of the smallest class, as coding agents do for titles and summaries. */
  readonly isBackground: boolean
}
