import { pickHeaders } from '../pick-headers.ts'

/**
 * Ids of a conversation, by which providers keep caches warm, and names of the client. Nothing that names or belongs to the
 * client's own account: `openai-organization`, `openai-project` and `chatgpt-account-id` fit its key and not the provider's.
 */
const CARRIED = new Set(['openai-beta', 'originator', 'session-id', 'session_id', 'thread-id', 'thread_id', 'conversation_id', 'x-client-request-id', 'http-referer', 'x-title'])

/** What Codex tells of its turn. */
const CARRIED_PREFIX = 'x-codex-'

export const carryHeaders = (headers: Parameters<typeof pickHeaders>[0]): Readonly<Record<string, string>> => pickHeaders(headers, CARRIED, CARRIED_PREFIX)
