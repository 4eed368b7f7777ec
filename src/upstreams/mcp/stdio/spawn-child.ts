import { spawn, type ChildProcessWithoutNullStreams } from 'node:child_process'
import { once } from 'node:events'
import { existsSync } from 'node:fs'
import type { McpTransportDefinition } from '../../../domain/mcp-server.ts'
import { ConnectError } from '../connection.ts'

export type StdioDefinition = Extract<McpTransportDefinition, { kind: 'stdio' }>

/** Codes that the same command will get again. */
const HOPELESS = new Set(['ENOENT', 'EACCES', 'EPERM', 'ENOEXEC', 'ENOTDIR', 'ELOOP', 'ERR_INVALID_ARG_VALUE', 'E2BIG'])

function explain(definition: StdioDefinition, environment: Readonly<Record<string, string>>, error: NodeJS.ErrnoException): string {
  const { command, cwd } = definition
  if (cwd !== undefined && !existsSync(cwd)) return `Expected the working directory \`${cwd}\` to exist. Check \`cwd\` of this server.`
  const path = environment['PATH'] ?? '(empty)'
  if (error.code === 'ENOENT') {
    return `Expected the command \`${command}\` to be found, got ENOENT. The server's PATH is \`${path}\`; install the program or write its full path in \`command\`.`
  }
  if (error.code === 'EACCES') {
    return `Expected the command \`${command}\` to be executable, got EACCES. Check its permissions; the server's PATH is \`${path}\`.`
  }
  return `The command \`${command}\` could not be started: ${error.message}. The server's PATH is \`${path}\`.`
}

/** Starts the program as the leader of its own process group. Throws `ConnectError`, `fatal` when trying again cannot help. */
export async function spawnChild(
  definition: StdioDefinition,
  environment: Readonly<Record<string, string>>,
): Promise<ChildProcessWithoutNullStreams> {
  try {
    const child = spawn(definition.command, definition.args, {
      detached: true,
      windowsHide: true,
      stdio: ['pipe', 'pipe', 'pipe'],
      env: environment,
      ...(definition.cwd === undefined ? {} : { cwd: definition.cwd }),
    })
    await once(child, 'spawn')
    return child
  } catch (thrown) {
    const error = thrown as NodeJS.ErrnoException
    const kind = HOPELESS.has(error.code ?? '') ? 'fatal' : 'crash'
    throw new ConnectError({ kind, reason: explain(definition, environment, error) }, { cause: error })
  }
}
