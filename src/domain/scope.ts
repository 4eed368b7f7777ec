/** What a key may be granted. `core/identity` gives these words their effect. */
export const SCOPES = ['models:use', 'tools:use', 'admin:read', 'admin:write'] as const

export type Scope = (typeof SCOPES)[number]
