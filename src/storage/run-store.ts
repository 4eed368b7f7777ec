import type { JsonText } from '../lib/json-text.ts'
import { createHandedTurnStore } from './handed-turn-store.ts'
import { queries } from './queries.ts'
import type { RunStore, StoredRunStep } from './runs.ts'
import type { SqlEngine, SqlValue, Statement } from './sql-engine.ts'

interface Compiled {
  readonly sql: string
  readonly parameters: readonly unknown[]
}

const statement = ({ sql, parameters }: Compiled): Statement => ({ sql, values: parameters as readonly SqlValue[] })

const text = (value: SqlValue | undefined): string => String(value)

export function createRunStore(engine: SqlEngine): RunStore {
  return {
    turns: createHandedTurnStore(engine),
    begin({ id, startedAt, request }) {
      const rest = { started_at: startedAt.toISOString(), request }
      return engine.write(statement(queries.insertInto('runs').values({ id, ...rest }).onConflict((on) => on.column('id').doUpdateSet(rest)).compile()))
    },
    async find(id) {
      const [row] = await engine.read(statement(queries.selectFrom('runs').selectAll().where('id', '=', id).compile()))
      return row && { id: text(row['id']), startedAt: new Date(text(row['started_at'])), request: text(row['request']) as JsonText }
    },
    async ids() {
      const rows = await engine.read(statement(queries.selectFrom('runs').select('id').compile()))
      return rows.map((row) => text(row['id']))
    },
    add: (step) => engine.write(statement(queries.insertInto('run_steps').values(step).onConflict((on) => on.columns(['run', 'sequence']).doNothing()).compile())),
    async steps(run) {
      const query = queries.selectFrom('run_steps').selectAll().where('run', '=', run).orderBy('sequence')
      const rows = await engine.read(statement(query.compile()))
      return rows.map((row) => ({ run: text(row['run']), sequence: Number(row['sequence']), kind: text(row['kind']) as StoredRunStep['kind'], content: text(row['content']) as JsonText }))
    },
    async end(id) {
      await Promise.all([
        engine.write(statement(queries.deleteFrom('runs').where('id', '=', id).compile())),
        engine.write(statement(queries.deleteFrom('run_steps').where('run', '=', id).compile())),
      ])
    },
  }
}
