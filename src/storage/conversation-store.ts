import { sql } from 'kysely'
import type { JsonText } from '../lib/json-text.ts'
import type { ConversationStore, StoredConversation, StoredMessage } from './conversations.ts'
import { queries } from './queries.ts'
import type { SqlEngine, SqlRow, SqlValue, Statement } from './sql-engine.ts'

interface Compiled {
  readonly sql: string
  readonly parameters: readonly unknown[]
}

const statement = ({ sql: text, parameters }: Compiled): Statement => ({ sql: text, values: parameters as readonly SqlValue[] })

const text = (value: SqlValue | undefined): string => String(value)

function readConversation(row: SqlRow): StoredConversation {
  const savedAt = row['saved_at']
  const savedName = row['saved_name']
  return {
    id: text(row['id']),
    principal: text(row['principal']),
    title: text(row['title']),
    settings: text(row['settings']) as JsonText,
    isFavourite: Number(row['is_favourite']) === 1,
    savedName: savedName === null || savedName === undefined ? undefined : text(savedName),
    savedAt: savedAt === null || savedAt === undefined ? undefined : new Date(text(savedAt)),
    createdAt: new Date(text(row['created_at'])),
    updatedAt: new Date(text(row['updated_at'])),
  }
}

function readMessage(row: SqlRow): StoredMessage {
  return {
    conversation: text(row['conversation']),
    sequence: Number(row['sequence']),
    role: text(row['role']) as StoredMessage['role'],
    state: text(row['state']) as StoredMessage['state'],
    content: text(row['content']),
    thinking: text(row['thinking']),
    facts: text(row['facts']) as JsonText,
    createdAt: new Date(text(row['created_at'])),
  }
}

export function createConversationStore(engine: SqlEngine): ConversationStore {
  const write = (query: { compile(): Compiled }): Promise<void> => engine.write(statement(query.compile()))
  const read = (query: { compile(): Compiled }): Promise<readonly SqlRow[]> => engine.read(statement(query.compile()))
  const messagesOf = (conversation: string) => queries.deleteFrom('conversation_messages').where('conversation', '=', conversation)
  return {
    put({ id, principal, title, settings, isFavourite, savedName, savedAt, createdAt, updatedAt }) {
      const rest = {
        principal,
        title,
        settings,
        is_favourite: isFavourite ? 1 : 0,
        saved_name: savedName ?? null,
        saved_at: savedAt?.toISOString() ?? null,
        created_at: createdAt.toISOString(),
        updated_at: updatedAt.toISOString(),
      }
      return write(queries.insertInto('conversations').values({ id, ...rest }).onConflict((on) => on.column('id').doUpdateSet(rest)))
    },
    async find(id) {
      const [row] = await read(queries.selectFrom('conversations').selectAll().where('id', '=', id))
      return row && readConversation(row)
    },
    async list(principal) {
      const all = queries.selectFrom('conversations').selectAll().orderBy('updated_at', 'desc').orderBy('id')
      return (await read(principal === undefined ? all : all.where('principal', '=', principal))).map(readConversation)
    },
    async remove(id) {
      await Promise.all([write(messagesOf(id)), write(queries.deleteFrom('conversations').where('id', '=', id))])
    },
    putMessage({ conversation, sequence, createdAt, role, state, content, thinking, facts }) {
      const rest = { role, state, content, thinking, facts, created_at: createdAt.toISOString() }
      return write(queries.insertInto('conversation_messages').values({ conversation, sequence, ...rest }).onConflict((on) => on.columns(['conversation', 'sequence']).doUpdateSet(rest)))
    },
    appendText(conversation, sequence, content, thinking) {
      const added = { content: sql<string>`content || ${content}`, thinking: sql<string>`thinking || ${thinking}` }
      return write(queries.updateTable('conversation_messages').set(added).where('conversation', '=', conversation).where('sequence', '=', sequence))
    },
    async messages(conversation) {
      return (await read(queries.selectFrom('conversation_messages').selectAll().where('conversation', '=', conversation).orderBy('sequence'))).map(readMessage)
    },
    removeMessages: (conversation, before) => write(messagesOf(conversation).where('sequence', '<', before)),
    interruptStreaming: () => write(queries.updateTable('conversation_messages').set({ state: 'interrupted' }).where('state', '=', 'streaming')),
  }
}
