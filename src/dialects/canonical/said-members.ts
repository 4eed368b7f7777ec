import type { JsonObject } from '../../lib/json.ts'

/** The members that have a value. */
export const saidMembers = (members: JsonObject): JsonObject => Object.fromEntries(Object.entries(members).filter(([, value]) => value !== undefined))
