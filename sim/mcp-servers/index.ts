import { fileURLToPath } from 'node:url'

const NAMES = [
  'echo', 'slow', 'crash', 'hang', 'chatty', 'huge', 'mutating', 'legacy-only', 'modern-only', 'forking', 'counting', 'evil', 'moody', 'notebook',
] as const

export type TestServerName = (typeof NAMES)[number]

export const TEST_SERVERS: readonly TestServerName[] = NAMES

/** The script of a test server, to be run with `node`. */
export function testServerPath(name: TestServerName): string {
  return fileURLToPath(new URL(`./${name}.ts`, import.meta.url))
}
