import { spawn } from 'node:child_process'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { stripVTControlCharacters } from 'node:util'
import type { McpEra, McpTransportDefinition } from '../../../src/domain/mcp-server.ts'
import { startMcpGateway, type McpGateway } from '../../support/mcp-gateway.ts'
import { twinPolicy } from '../../support/twin-policy.ts'
import { http, runServer, stdio, type RunningServer } from '../upstream-fixture.ts'

const BIN = fileURLToPath(new URL('../../../node_modules/.bin/conformance', import.meta.url))
const FIXTURE = fileURLToPath(new URL('../../../sim/mcp-servers/conformance-fixture.ts', import.meta.url))
const CLIENT = fileURLToPath(new URL('./gateway-client.ts', import.meta.url))
const HERE = fileURLToPath(new URL('.', import.meta.url))

/** Revisions with a frozen set of requirements, and the one before, whose scenarios are chosen by its date. */
export type Revision = '2025-06-18' | '2025-11-25' | '2026-07-28'

export interface SuiteRun {
  readonly exitCode: number | null
  readonly output: string
  /** Every scenario that ran, scored or not, is in one of them. */
  readonly passed: readonly string[]
  readonly failed: readonly string[]
}

async function run(args: readonly string[]): Promise<{ readonly exitCode: number | null; readonly output: string }> {
  const directory = await mkdtemp(join(tmpdir(), 'trunkline-conformance-'))
  try {
    const child = spawn(process.execPath, [BIN, ...args, '-o', directory], { cwd: directory, stdio: ['ignore', 'pipe', 'pipe'] })
    let output = ''
    child.stdout.on('data', (chunk: Buffer) => (output += chunk.toString()))
    child.stderr.on('data', (chunk: Buffer) => (output += chunk.toString()))
    const exitCode = await new Promise<number | null>((resolve, reject) => child.on('close', resolve).on('error', reject))
    return { exitCode, output: stripVTControlCharacters(output) }
  } finally {
    await rm(directory, { recursive: true, force: true })
  }
}

/** The official suite in its own process, against an address. */
export async function runSuite(url: string, revision: Revision, baseline?: string): Promise<SuiteRun> {
  const chosen = revision === '2025-06-18' ? ['--suite', 'active', '--spec-version', revision] : ['--requirements', revision]
  const { exitCode, output } = await run(['server', '--url', url, ...chosen, ...(baseline === undefined ? [] : ['--expected-failures', join(HERE, baseline)])])
  const summary = output.split('Not scored for')[0] ?? ''
  const named = (mark: string): string[] => [...summary.matchAll(new RegExp(`^${mark} (\\S+): `, 'gm'))].map((match) => match[1] ?? '')
  return { exitCode, output: output.split('=== SUMMARY')[1] ?? output, passed: named('✓'), failed: named('✗') }
}

/** One scenario of the suite against an address; those of extensions have to be forced. */
export function runServerScenario(url: string, scenario: string, revision: Revision): Promise<{ readonly exitCode: number | null; readonly output: string }> {
  return run(['server', '--url', url, '--scenario', scenario, '--spec-version', revision, '--force'])
}

/** One scenario of the suite's client mode, with a gateway as the client. */
export function runClientScenario(scenario: string, revision: Revision): Promise<{ readonly exitCode: number | null; readonly output: string }> {
  return run(['client', '--command', `"${process.execPath}" "${CLIENT}"`, '--scenario', scenario, '--spec-version', revision])
}

export function runFixture(...args: readonly string[]): Promise<RunningServer> {
  return runServer([FIXTURE, '--http', ...args], /listening (\S+)/)
}

export function fixtureOverStdio(...args: readonly string[]): McpTransportDefinition {
  return stdio(process.execPath, [FIXTURE, ...args])
}

export interface FixtureGateway extends AsyncDisposable {
  readonly gateway: McpGateway
  readonly url: string
}

/** A gateway with the fixture behind it, listed and ready. */
export async function startFixtureGateway(options: { readonly era: McpEra | 'auto'; readonly transport?: 'http' | 'stdio'; readonly naming?: 'prefixed' | 'bare'; readonly more?: Readonly<Record<string, McpTransportDefinition>> }): Promise<FixtureGateway> {
  await using stack = new AsyncDisposableStack()
  const transport = options.transport === 'stdio' ? fixtureOverStdio() : http(stack.use(await runFixture()).url)
  const gateway = stack.use(
    await startMcpGateway({ servers: { conf: transport, ...options.more }, definition: { era: options.era, ...(options.era === 'auto' ? twinPolicy(transport) : {}) }, ...(options.naming ? { naming: options.naming } : {}) }),
  )
  await gateway.catalog.contacted({ servers: 'all', tags: undefined, naming: 'original' })
  const kept = stack.move()
  return { gateway, url: gateway.url, [Symbol.asyncDispose]: () => kept.disposeAsync() }
}
