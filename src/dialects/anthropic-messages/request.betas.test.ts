import { describe, expect, it } from 'vitest'
import { createJsonScanner } from '../json-scan.ts'
import { planBetas, stripBetas } from './request.betas.ts'

const scanned = (text: string) => {
  const scanner = createJsonScanner()
  const bytes = Buffer.from(text)
  scanner.push(bytes)
  return { pieces: [bytes], scan: scanner.end() }
}

/** The body, the header and the paths that are lost when a provider knows only `allowed`. */
function limit(text: string, betas: string, allowed: readonly string[] | undefined, hasThreads = false) {
  const body = scanned(text)
  const plan = planBetas(body, betas === '' ? {} : { 'anthropic-beta': betas }, { betas: allowed, hasThreads })
  return plan && { text: Buffer.concat(stripBetas(body.pieces, plan)).toString(), header: plan.header, lost: plan.losses.map(({ path }) => path) }
}

describe('planBetas and stripBetas', () => {
  it('leaves a request alone whose betas are all known, by name or pattern', () => {
    expect(limit('{"context_management":{}}', 'context-management-2025-06-27, fast-mode-2026-02-01', ['context-management-*', 'fast-mode-2026-02-01'])).toBeUndefined()
    expect(limit('{"context_management":{}}', '', [])).toBeUndefined()
  })

  it('LT-J02 takes a beta’s fields with it, at every depth, and touches nothing else', () => {
    const text = '{ "context_management" : {"edits":[]}, "a":  1.0,"thinking":{"type":"adaptive", "display":"updates"},"tools":[{"name":"x","defer_loading":true}, {"name":"y"}],"messages":[ {"role":"system","output_config":{"effort":"low"},"content":"\\u00e9"}],"speed":"fast" }'
    const betas = 'context-management-2025-06-27,thinking-display-updates-2026-08-18,advanced-tool-use-2025-11-20,mid-conversation-output-config-2026-07-01,fast-mode-2026-02-01,kept-2026-01-01'
    expect(limit(text, betas, ['kept-*'])).toEqual({
      text: '{ "a":  1.0,"thinking":{"type":"adaptive"},"tools":[{"name":"x"},{"name":"y"}],"messages":[{"role":"system","content":"\\u00e9"}] }',
      header: 'kept-2026-01-01',
      lost: ['/context_management', '/thinking/display', '/tools/0/defer_loading', '/messages/0/output_config', '/speed'],
    })
  })

  it.each([
    ['{"speed":"fast"}', '{}'],
    ['{"speed":"fast","diagnostics":{}}', '{}'],
    ['{"speed":"fast","a":1,"diagnostics":{}}', '{"a":1}'],
    ['{"a":1,"speed":"fast","diagnostics":{},"b":2}', '{"a":1,"b":2}'],
    ['{"a":1,"speed":"fast","speed":"standard"}', '{"a":1}'],
    ['{"output_config":{"task_budget":{}}}', '{"output_config":{"task_budget":{}}}'],
  ])('keeps %s valid JSON', (text, left) => {
    expect(limit(text, 'fast-mode-2026-02-01,cache-diagnosis-2026-04-07', [])?.text).toBe(left)
  })

  it('keeps a field that another beta of the same request stands for', () => {
    expect(limit('{"speed":"fast"}', 'fast-mode-2026-02-01,fast-mode-2027-01-01', ['fast-mode-2027-01-01'])).toEqual({ text: '{"speed":"fast"}', header: 'fast-mode-2027-01-01', lost: [] })
  })

  it('LT-J01 drops a beta that nobody knows', () => {
    expect(limit('{"a":1}', 'new-thing-2027-01-01', [])).toEqual({ text: '{"a":1}', header: undefined, lost: [] })
  })

  const THREAD = '{"thread":{"type":"create"},"messages":[]}'
  const THREADS = 'message-threads-2026-09-01'

  it.each([
    ['names no betas', '', undefined],
    ['names no betas, by their beta', THREADS, undefined],
    ['names others', THREADS, ['context-management-*']],
    ['names none', '', []],
  ] as const)('refuses a thread for a provider that %s', (_what, betas, allowed) => {
    expect(() => limit(THREAD, betas, allowed)).toThrow('`/thread` cannot be sent to the provider')
  })

  it('sends a thread to whoever keeps them, and all other betas where none are named', () => {
    expect(limit(THREAD, THREADS, undefined, true)).toBeUndefined()
    expect(limit(THREAD, THREADS, [THREADS])).toBeUndefined()
    expect(limit(THREAD, '', ['message-threads-*'])).toBeUndefined()
    expect(limit('{"speed":"fast"}', 'fast-mode-2026-02-01', undefined)).toBeUndefined()
    expect(limit('{"speed":"fast"}', `fast-mode-2026-02-01,${THREADS}`, undefined)).toEqual({ text: '{"speed":"fast"}', header: 'fast-mode-2026-02-01', lost: [] })
  })

  it.each([['mcp-client-2025-11-20', '{"mcp_servers":[]}', '/mcp_servers'], ['skills-2025-10-02', '{"container":"c"}', '/container'], ['mid-conversation-tool-changes-2026-07-01', '{"messages":[{},{"tool_addition":[]}]}', '/messages/1/tool_addition']])(
    'refuses %s, whose field must not vanish',
    (beta, text, path) => {
      expect(() => limit(text, beta, [])).toThrow(`\`${path}\` cannot be sent to the provider`)
    },
  )
})
