/**
 * Betas are an open list and travel with their fields, unchanged: a gateway that knows only some of them would turn the
 * others into refusals. `anthropic-workspace-id` and `anthropic-user-profile-id` belong to the client's own account.
 */
const CARRIED = new Set(['anthropic-version', 'anthropic-beta', 'x-app'])

/** Ids of a conversation and its agents, which providers use to keep caches warm. */
const CARRIED_PREFIX = 'x-claude-code-'

export function carryHeaders(
  headers: Readonly<Record<string, string | readonly string[] | undefined>>,
): Readonly<Record<string, string>> {
  const carried: Record<string, string> = {}
  for (const [name, value] of Object.entries(headers)) {
    if (typeof value !== 'string') continue
    if (CARRIED.has(name) || name.startsWith(CARRIED_PREFIX)) carried[name] = value
  }
  return carried
}
