/** How a provider departs from its dialect for some models, as data: what is not set is as the dialect says. */
export interface DialectQuirks {
  readonly maxTokensField?: 'max_tokens' | 'max_completion_tokens'
  /** Takes `system` messages in the middle of a conversation. */
  readonly takesLateSystem?: boolean
  /** How thinking is asked for in Chat Completions; `effort` is `reasoning_effort`. */
  readonly reasoningRequest?: 'effort' | 'thinking-switch' | 'openrouter' | 'enable-thinking' | 'enabled-object' | 'none'
  /** The efforts that are understood, lowest first; unset takes any word. */
  readonly efforts?: readonly string[]
  /** Where the model's earlier thinking has to stand in the history. */
  readonly reasoningField?: 'reasoning_content' | 'reasoning' | 'reasoning_details'
  /** Refuses assistant messages without `reasoningField`, also where there was no thought. */
  readonly needsReasoningOnAssistant?: boolean
  /** Thinking stands in the text between `<think>` and `</think>`. */
  readonly thinksInTags?: boolean
  /** Tool results and assistant messages hold a string, never parts, never null. */
  readonly takesOnlyText?: boolean
  /** Keeps `cache_control` on parts of Chat messages. */
  readonly takesCacheControl?: boolean
  /** The name of `seed`. */
  readonly seedField?: 'random_seed'
  /** Knows `top_k`, which OpenAI itself refuses. */
  readonly takesTopK?: boolean
  /** Refuses `temperature`, `top_p` and their like while the model thinks. */
  readonly refusesSamplingWithReasoning?: boolean
  /** Ids of calls are exactly this long and alphanumeric. */
  readonly callIdLength?: number
  /** Betas that may be sent, `*` for any run of characters; unset lets all through that need nothing kept. */
  readonly betas?: readonly string[]
  /** How a search of the web by the provider itself is asked for in Chat Completions; unset where there is none. */
  readonly webSearch?: 'web_search_options' | 'openrouter-tool'
  /** Has the tools that Anthropic runs itself: its search of the web, and its client of MCP servers. */
  readonly hasServerTools?: boolean
  /** Keeps conversations of the Messages API that a request goes on with by `thread`; otherwise only where `betas` name threads. */
  readonly hasThreads?: boolean
  /** Has what OpenAI added to tools of Chat Completions: custom tools with grammars, and a choice among some of the tools. */
  readonly hasOpenaiTools?: boolean
  /** Refuses Chat Completions requests with members that it does not know, such as `prompt_cache_key`. */
  readonly refusesUnknownMembers?: boolean
  /** What structured output rests on: the dialect's own field, a tool that is called with it, or words in the instructions. */
  readonly structuredOutput?: 'native' | 'tool' | 'instructed'
}

/** Departures of the models whose names a pattern matches; `*` stands for any run of characters. */
export interface QuirkRule {
  readonly models: string
  readonly quirks: DialectQuirks
}
