import { spawn } from 'node:child_process'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import type { McpEra, McpTransportDefinition } from '../../../src/domain/mcp-server.ts'
import { startMcpGateway, type McpGateway } from '../../support/mcp-gateway.ts'
import { http, runServer, stdio, type RunningServer } from '../upstream-fixture.ts'

const BIN = fileURLToPath(new URL('../../../node_modules/.bin/conformance', import.meta.url))
const FIXTURE = fileURLToPath(new URL('../../../sim/mcp-servers/conformance-fixture.ts', import.meta.url))
const BASELINES = fileURLToPath(new URL('.', import.meta.url))

export interface SuiteRun {
  readonly exitCode: number | null
  readonly output: string
  /** Scored scenarios that ran. */
  readonly passed: readonly string[]
  readonly failed: readonly string[]
}

/** The official suite in its own process, against an address. */
export async function runSuite(url: string, requirements: '2025-11-25' | '2026-07-28', baseline?: string): Promise<SuiteRun> {
  const directory = await mkdtemp(join(tmpdir(), 'trunkline-conformance-'))
  try {
    const args = [BIN, 'server', '--url', url, '--requirements', requirements, '-o', directory]
    if (baseline !== undefined) args.push('--expected-failures', join(BASELINES, baseline))
    const child = spawn(process.execPath, args, { cwd: directory, stdio: ['ignore', 'pipe', 'pipe'] })
    let output = ''
    child.stdout.on('data', (chunk: Buffer) => (output += chunk.toString()))
    child.stderr.on('data', (chunk: Buffer) => (output += chunk.toString()))
    const exitCode = await new Promise<number | null>((resolve, reject) => child.on('close', resolve).on('error', reject))
    const summary = output.split('Not scored for')[0] ?? ''
    const named = (mark: string): string[] => [...summary.matchAll(new RegExp(`^${mark} (\\S+): `, 'gm'))].map((match) => match[1] ?? '')
    return { exitCode, output: output.split('=== SUMMARY')[1] ?? output, passed: named('✓'), failed: named('✗') }
  } finally {
    await rm(directory, { recursive: true, force: true })
  }
}

export function runFixture(): Promise<RunningServer> {
  return runServer([FIXTURE, '--http'], /listening (\S+)/)
}

export function fixtureOverStdio(): McpTransportDefinition {
  return stdio(process.execPath, [FIXTURE])
}

export interface FixtureGateway extends AsyncDisposable {
  readonly gateway: McpGateway
  readonly url: string
}

/** A gateway with the fixture behind it, listed and ready. */
export async function startFixtureGateway(options: { readonly era: McpEra; readonly transport?: 'http' | 'stdio'; readonly naming?: 'prefixed' | 'bare'; readonly more?: Readonly<Record<string, McpTransportDefinition>> }): Promise<FixtureGateway> {
  await using stack = new AsyncDisposableStack()
  const transport = options.transport === 'stdio' ? fixtureOverStdio() : http(stack.use(await runFixture()).url)
  const gateway = stack.use(
    await startMcpGateway({ servers: { conf: transport, ...options.more }, definition: { era: options.era }, ...(options.naming ? { naming: options.naming } : {}) }),
  )
  await gateway.catalog.contacted({ servers: 'all', tags: undefined, naming: 'original' })
  const kept = stack.move()
  return { gateway, url: gateway.url, [Symbol.asyncDispose]: () => kept.disposeAsync() }
}
