import { pickHeaders } from '../pick-headers.ts'

/** How long the client waits. `x-goog-user-project` and the like belong to the client's own account. */
const CARRIED = new Set(['x-server-timeout'])

export const carryHeaders = (headers: Parameters<typeof pickHeaders>[0]): Readonly<Record<string, string>> => pickHeaders(headers, CARRIED)
