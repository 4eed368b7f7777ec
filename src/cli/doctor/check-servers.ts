import { existsSync } from 'node:fs'
import type { McpServerDefinition } from '../../domain/mcp-server.ts'
import type { CheckResult } from './check-result.ts'
import { findProgram } from './find-program.ts'

const INSTALL: Readonly<Record<string, string>> = {
  uvx: 'Install uv.',
  uv: 'Install uv.',
  npx: 'Install Node.js with npm.',
  docker: 'Install Docker.',
  bunx: 'Install Bun.',
}

function checkServer({ id, transport, enabled, disabledReason, instances }: McpServerDefinition, environment: Readonly<Record<string, string | undefined>>): CheckResult {
  const name = `server ${id}`
  if (!enabled) return { id: name, status: 'warning', evidence: disabledReason ?? 'switched off in the configuration', fix: disabledReason === undefined ? 'Set `enabled: true` to use it.' : 'Give the missing value.' }
  if (instances?.isTemplate === true) return { id: name, status: 'ok', evidence: 'a template; each client’s context completes it (nothing was started)' }
  if (transport.kind === 'builtin') return { id: name, status: 'ok', evidence: 'part of Trunkline' }
  if (transport.kind === 'openapi') return { id: name, status: 'ok', evidence: `${transport.spec} (not read)` }
  if (transport.kind !== 'stdio') return { id: name, status: 'ok', evidence: `${new URL(transport.url).origin} (not contacted)` }
  const cwd = transport.cwd ?? process.cwd()
  if (!existsSync(cwd)) return { id: name, status: 'problem', evidence: `its folder ${cwd} does not exist`, fix: `Create it, or correct \`mcpServers.${id}.cwd\`.` }
  const searchPath = transport.env['PATH'] ?? environment['PATH'] ?? ''
  const program = findProgram(transport.command, cwd, searchPath)
  if (program !== undefined) return { id: name, status: 'ok', evidence: program }
  return {
    id: name,
    status: 'problem',
    evidence: `\`${transport.command}\` was not found on PATH=${searchPath}`,
    fix: INSTALL[transport.command] ?? `Install it, or write its full path into \`mcpServers.${id}.command\`.`,
  }
}

/** Whether each server could be started. Nothing is started or contacted. */
export function checkServers(servers: readonly McpServerDefinition[], environment: Readonly<Record<string, string | undefined>>): readonly CheckResult[] {
  return servers.map((server) => checkServer(server, environment))
}
