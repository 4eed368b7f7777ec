import { userInfo } from 'node:os'
import { basename } from 'node:path'
import type { JsonObject } from '../lib/json.ts'

export interface ContextFacts {
  readonly cwd: string
  readonly environment: Readonly<Record<string, string | undefined>>
  /** Names of variables; a `*` at the end stands for any rest. Nothing else of the environment gets into the context. */
  readonly allowed: readonly string[]
}

/** Empty where the system has no entry for the user, as in many containers. */
function describeUser(): JsonObject {
  try {
    const { username, uid, gid, homedir, shell } = userInfo()
    return { name: username, username, uid, gid, home: homedir, ...(shell === null ? {} : { shell }) }
  } catch {
    return {}
  }
}

/** The request context of a client that started us in its project: where it is, for whom, and the variables it may show. */
export function deriveContext({ cwd, environment, allowed }: ContextFacts): JsonObject {
  const isAllowed = (name: string): boolean => allowed.some((pattern) => (pattern.endsWith('*') ? name.startsWith(pattern.slice(0, -1)) : name === pattern))
  const shown = Object.entries(environment).filter(([name, value]) => value !== undefined && isAllowed(name))
  return { project: { path: cwd, name: basename(cwd) }, user: describeUser(), environment: Object.fromEntries(shown) }
}
