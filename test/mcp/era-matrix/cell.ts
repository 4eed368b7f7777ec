import type { MatrixClient, Outcome } from './matrix-client.ts'

/** One combination of client, server and transport, running. */
export interface Cell {
  readonly client: MatrixClient
  /** Another client of the same era. */
  readonly stranger: MatrixClient
  /** On the address of all servers. */
  readonly aggregate: MatrixClient
  readonly server: 'legacy' | 'modern'
}

/** Shows that a cell carries a requirement, or gives the outcome with which it refuses. */
export type Case = (cell: Cell) => Promise<Outcome | undefined>
