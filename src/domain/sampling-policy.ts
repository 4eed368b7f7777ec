/** Whether the gateway's own models answer a server that asks for one, where its client cannot. */
export interface SamplingPolicy {
  /** A public model; without it the server's hints choose among those there are. */
  readonly model: string | undefined
  /** Of one answer, whatever the server asks for. */
  readonly maxTokens: number
  readonly requestsPerMinute: number
  /** Input and output together. */
  readonly tokensPerHour: number
  /** `ask`: whoever made the call is asked, each time; where nobody can be asked, the server is refused. */
  readonly consent: 'ask' | 'always'
}
