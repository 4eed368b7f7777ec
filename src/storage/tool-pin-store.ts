import type { JsonText } from '../lib/json-text.ts'
import { queries } from './queries.ts'
import type { SqlEngine, SqlRow, SqlValue, Statement } from './sql-engine.ts'
import type { StoredDefinition, StoredToolPin, ToolPinStore } from './tool-pins.ts'

interface Compiled {
  readonly sql: string
  readonly parameters: readonly unknown[]
}

const statement = ({ sql, parameters }: Compiled): Statement => ({ sql, values: parameters as readonly SqlValue[] })

const text = (value: SqlValue | undefined): string => String(value)

const toDefinition = (row: SqlRow, kind: 'approved' | 'changed'): StoredDefinition => ({
  digest: text(row[`${kind}_digest`]),
  definition: text(row[`${kind}_definition`]) as JsonText,
  at: new Date(text(row[`${kind}_at`])),
})

function toPin(row: SqlRow): StoredToolPin {
  return {
    server: text(row['server']),
    tool: text(row['tool']),
    approved: toDefinition(row, 'approved'),
    changed: row['changed_digest'] === null ? undefined : toDefinition(row, 'changed'),
    ...(typeof row['variants'] === 'string' ? { variants: JSON.parse(row['variants']) as readonly string[] } : {}),
  }
}

export function createToolPinStore(engine: SqlEngine): ToolPinStore {
  return {
    async all() {
      return (await engine.read(statement(queries.selectFrom('mcp_tool_pins').selectAll().orderBy('server').orderBy('tool').compile()))).map(toPin)
    },
    save({ server, tool, approved, changed, variants }) {
      const rest = {
        approved_digest: approved.digest,
        approved_definition: approved.definition,
        approved_at: approved.at.toISOString(),
        changed_digest: changed?.digest ?? null,
        changed_definition: changed?.definition ?? null,
        changed_at: changed?.at.toISOString() ?? null,
        variants: variants === undefined ? null : JSON.stringify(variants),
      }
      return engine.write(statement(queries.insertInto('mcp_tool_pins').values({ server, tool, ...rest }).onConflict((on) => on.columns(['server', 'tool']).doUpdateSet(rest)).compile()))
    },
  }
}
