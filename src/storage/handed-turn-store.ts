import type { JsonText } from '../lib/json-text.ts'
import type { HandedTurnStore, StoredTurn } from './handed-turns.ts'
import { queries } from './queries.ts'
import type { SqlEngine, SqlValue, Statement } from './sql-engine.ts'

interface Compiled {
  readonly sql: string
  readonly parameters: readonly unknown[]
}

const statement = ({ sql, parameters }: Compiled): Statement => ({ sql, values: parameters as readonly SqlValue[] })

/** Databases limit the values of one statement. */
const MOST_VALUES = 500

function inParts<Value>(values: readonly Value[]): readonly (readonly Value[])[] {
  return Array.from({ length: Math.ceil(values.length / MOST_VALUES) }, (_, part) => values.slice(part * MOST_VALUES, (part + 1) * MOST_VALUES))
}

export function createHandedTurnStore(engine: SqlEngine): HandedTurnStore {
  /** By its ids a turn is found, so they go first, and at a crash no id leads to half a turn. */
  async function remove(ids: readonly string[]): Promise<void> {
    const written = inParts(ids).flatMap((part) => [
      queries.deleteFrom('handed_turn_calls').where('turn', 'in', part).compile(),
      queries.deleteFrom('run_steps').where('run', 'in', part).compile(),
      queries.deleteFrom('handed_turns').where('id', 'in', part).compile(),
    ])
    await Promise.all(written.map((one) => engine.write(statement(one))))
  }
  return {
    async save({ id, principal, createdAt, expiresAt, callIds, bytes, content }) {
      const rest = { principal, created_at: createdAt.toISOString(), expires_at: expiresAt.toISOString(), bytes, content }
      const turn = queries.insertInto('handed_turns').values({ id, ...rest }).onConflict((on) => on.column('id').doUpdateSet(rest)).compile()
      const calls = inParts([...new Set(callIds)]).map((part) =>
        queries
          .insertInto('handed_turn_calls')
          .values(part.map((callId) => ({ principal, call_id: callId, turn: id })))
          .onConflict((on) => on.columns(['principal', 'call_id']).doUpdateSet({ turn: id }))
          .compile(),
      )
      await Promise.all([turn, ...calls].map((one) => engine.write(statement(one))))
    },
    async find(principal, callIds, now) {
      const found = new Map<string, Pick<StoredTurn, 'id' | 'content'>>()
      for (const part of inParts(callIds)) {
        const query = queries
          .selectFrom('handed_turn_calls')
          .innerJoin('handed_turns', 'handed_turns.id', 'handed_turn_calls.turn')
          .select(['handed_turn_calls.call_id as call_id', 'handed_turns.id as id', 'handed_turns.content as content'])
          .where('handed_turn_calls.principal', '=', principal)
          .where('handed_turn_calls.call_id', 'in', part)
          .where('handed_turns.expires_at', '>=', now.toISOString())
        for (const row of await engine.read(statement(query.compile()))) found.set(String(row['call_id']), { id: String(row['id']), content: String(row['content']) as JsonText })
      }
      return found
    },
    async keepNewest(principal, limits) {
      const rows = await engine.read(statement(queries.selectFrom('handed_turns').select(['id', 'bytes']).where('principal', '=', principal).orderBy('created_at', 'desc').compile()))
      let bytes = 0
      const ids = rows.flatMap((row, index) => {
        bytes += Number(row['bytes'])
        return index < limits.count && bytes <= limits.bytes ? [] : [String(row['id'])]
      })
      await remove(ids)
    },
    async removeExpired(now) {
      const rows = await engine.read(statement(queries.selectFrom('handed_turns').select('id').where('expires_at', '<', now.toISOString()).compile()))
      await remove(rows.map((row) => String(row['id'])))
    },
  }
}
