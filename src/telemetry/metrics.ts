export type Labels = Readonly<Record<string, string>>

export interface Counter {
  add(labels: Labels, by?: number): void
}

export interface Histogram {
  /** Seconds or bytes, as the metric's name says. */
  observe(labels: Labels, value: number): void
}

/**
 * A Prometheus registry. Names carry the `trunkline_` prefix and a unit; labels are low-cardinality: provider, model,
 * server, code. Never a key, a person, a session, an id.
 */
export interface Metrics {
  counter(name: string, help: string): Counter
  histogram(name: string, help: string, buckets: readonly number[]): Histogram
  /** Read when the registry is scraped. */
  gauge(name: string, help: string, read: () => readonly { readonly labels: Labels; readonly value: number }[]): void
  /** Text exposition format 0.0.4. */
  render(): string
}
