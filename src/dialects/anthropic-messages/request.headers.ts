import { pickHeaders } from '../pick-headers.ts'

/**
 * Betas are an open list and travel with their fields, unchanged: a gateway that knows only some of them would turn the
 * others into refusals. `anthropic-workspace-id` and `anthropic-user-profile-id` belong to the client's own account.
 */
const CARRIED = new Set(['anthropic-version', 'anthropic-beta', 'x-app'])

/** Ids of a conversation and its agents, which providers use to keep caches warm. */
const CARRIED_PREFIX = 'x-claude-code-'

export const carryHeaders = (headers: Parameters<typeof pickHeaders>[0]): Readonly<Record<string, string>> => pickHeaders(headers, CARRIED, CARRIED_PREFIX)
