/** A model that turns texts into vectors, so that texts of like meaning are near each other. It keeps nothing and tries nothing again. */
export interface ToolEmbedding {
  /** As the configuration names it. */
  readonly model: string
  /** One vector for each text, in their order. Rejects when the signal aborts. */
  embed(texts: readonly string[], signal: AbortSignal): Promise<readonly Float32Array[]>
}
