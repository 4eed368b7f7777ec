/** How the profile is mounted, in the words of mcpo’s own flags. */
export interface McpoProfile {
  /** What servers are below: `/`, or `/x/`. */
  readonly prefix: string
  /** Serve only this one, with its tools at the root. */
  readonly server: string | undefined
  /** Ask for the key for documents and pages, too. */
  readonly strictAuth: boolean
  /** What a proxy in front of the gateway puts before its paths. */
  readonly rootPath: string
  /** Nothing but the profile is served, so that what is not there is answered in its words, too. */
  readonly alone: boolean
  readonly name: string
  readonly description: string
  readonly version: string
}
