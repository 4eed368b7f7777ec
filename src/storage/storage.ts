import { mkdirSync } from 'node:fs'
import { join } from 'node:path'
import { GatewayError } from '../domain/errors.ts'
import type { LedgerStore } from './ledger.ts'
import { createLedgerStore } from './ledger-store.ts'
import { createResponseStore } from './response-store.ts'
import type { ResponseStore } from './responses.ts'
import { openSqliteEngine } from './sqlite/engine.ts'

/** Everything that must survive a restart. Closing it waits until what was accepted is on disk. */
export interface Storage extends AsyncDisposable {
  readonly ledger: LedgerStore
  readonly responses: ResponseStore
}

/** Opens, and where needed makes, the embedded database `trunkline.db` in the data directory. Rejects with `storage_unavailable`. */
export async function openStorage({ directory }: { readonly directory: string }): Promise<Storage> {
  try {
    mkdirSync(directory, { recursive: true, mode: 0o700 })
  } catch (error) {
    throw new GatewayError('storage_unavailable', `Expected to write into the data directory \`${directory}\`: ${(error as Error).message}. Choose another with \`--data\` or TRUNKLINE_DATA.`, { cause: error })
  }
  const engine = await openSqliteEngine({ file: join(directory, 'trunkline.db') })
  return {
    ledger: createLedgerStore(engine),
    responses: createResponseStore(engine),
    [Symbol.asyncDispose]: () => engine[Symbol.asyncDispose](),
  }
}
