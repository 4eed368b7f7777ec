import { createHash } from 'node:crypto'
import type { DatabaseSync } from 'node:sqlite'
import type { Migration } from '../migrations/migration.ts'

const checksum = (migration: Migration): string =>
  createHash('sha256').update(migration.statements.join(';')).digest('hex')

/**
 * Brings a database to the newest schema, one transaction per step. Throws, before touching anything, when the database
 * was written by a newer Trunkline or its history is not this one's.
 */
export function migrate(database: DatabaseSync, migrations: readonly Migration[]): void {
  database.exec('create table if not exists schema_migrations (version integer primary key, name text not null, checksum text not null, applied_at text not null)')
  const applied = database.prepare('select version, name, checksum from schema_migrations order by version').all()
  for (const row of applied) {
    const known = migrations.find(({ version }) => version === row['version'])
    if (!known) {
      throw new Error(`the database has schema version ${String(row['version'])} (${String(row['name'])}), newer than this Trunkline knows; run the newer version or restore a backup`)
    }
    if (checksum(known) !== row['checksum']) throw new Error(`migration ${known.version} (${known.name}) differs from the one that made this database`)
  }
  const record = database.prepare('insert into schema_migrations (version, name, checksum, applied_at) values (?, ?, ?, ?)')
  const done = new Set(applied.map((row) => row['version']))
  for (const migration of migrations.filter(({ version }) => !done.has(version))) {
    database.exec('begin immediate')
    try {
      for (const statement of migration.statements) database.exec(statement)
      record.run(migration.version, migration.name, checksum(migration), new Date().toISOString())
      database.exec('commit')
    } catch (error) {
      database.exec('rollback')
      throw error
    }
  }
}
