import { describe, expect, it } from 'vitest'
import { createJsonScanner, type ScannedBody } from '../../dialects/index.ts'
import { estimateTokens } from './estimate-tokens.ts'
import { readRouteSignals } from './read-route-signals.ts'
import type { RouteSignals } from './route-signals.ts'

function scan(body: unknown, pieceBytes = 7): ScannedBody {
  const bytes = Buffer.from(typeof body === 'string' ? body : JSON.stringify(body))
  const scanner = createJsonScanner()
  const pieces: Buffer[] = []
  for (let at = 0; at < bytes.length; at += pieceBytes) pieces.push(bytes.subarray(at, at + pieceBytes))
  for (const piece of pieces) scanner.push(piece)
  return { pieces, scan: scanner.end() }
}

const read = (body: unknown, headers: Readonly<Record<string, string>> = {}, model = 'claude-sonnet-5'): RouteSignals => readRouteSignals({ model, body: scan(body), headers })

describe('readRouteSignals', () => {
  it('finds nothing in a plain request', () => {
    expect(read({ model: 'm', messages: [{ role: 'user', content: 'hello <CCR-SUBAGENT-MODEL> thinking' }], tools: [{ name: 'WebSearch', input_schema: {} }] })).toMatchObject({
      asksForThinking: false,
      hasWebSearchTool: false,
      isSubAgent: false,
      isBackground: false,
    })
  })

  it.each([
    [{ thinking: { type: 'enabled', budget_tokens: 4096 } }, true],
    [{ thinking: { type: 'adaptive', display: 'updates' } }, false],
    [{ thinking: { type: 'adaptive' }, output_config: { effort: 'high' } }, true],
    [{ thinking: { type: 'disabled' } }, false],
    [{ output_config: { effort: 'medium' } }, false],
    [{ reasoning_effort: 'high' }, true],
    [{ reasoning_effort: 'low' }, false],
    [{ reasoning: { effort: 'xhigh' } }, true],
    [{ reasoning: null }, false],
    [{ generationConfig: { thinkingConfig: { thinkingBudget: 1024 } } }, true],
    [{ generationConfig: { thinkingConfig: { thinkingBudget: -1 } } }, false],
    [{ generationConfig: { thinkingConfig: { thinkingLevel: 'HIGH' } } }, true],
    ['{"thinking":{"type":"enabled"', undefined],
    ['{"thinking":{"type" "enabled"}}', false],
  ])('tells whether thinking is asked for: %j', (body, expected) => {
    if (expected === undefined) expect(() => read(body)).toThrow(SyntaxError)
    else expect(read(body).asksForThinking).toBe(expected)
  })

  it.each([
    { tools: [{ name: 'Read' }, { type: 'web_search_20250305', name: 'web_search', max_uses: 8 }] },
    { tools: [{ type: 'web_search' }] },
    { tools: [{ googleSearch: {} }] },
    { tools: [{ google_search: {} }] },
    { web_search_options: {} },
  ])('sees a web search of the provider: %j', (body) => {
    expect(read(body).hasWebSearchTool).toBe(true)
  })

  it('knows a sub-agent by its header or the tag in its prompt', () => {
    expect(read({}, { 'x-claude-code-agent-id': 'a1' }).isSubAgent).toBe(true)
    expect(read({ system: [{ type: 'text', text: 'You are…' }, { type: 'text', text: '<CCR-SUBAGENT-MODEL>p,m</CCR-SUBAGENT-MODEL>Do' }] }).isSubAgent).toBe(true)
    expect(read({}, { 'x-claude-code-session-id': 's' }).isSubAgent).toBe(false)
  })

  it('takes the smallest models for background work', () => {
    expect(read({}, {}, 'claude-3-5-haiku-latest').isBackground).toBe(true)
    expect(read({}, {}, 'claude-opus-5').isBackground).toBe(false)
  })
})

describe('estimateTokens', () => {
  it('counts a quarter of the bytes of text, however they are cut', () => {
    const body = { messages: [{ role: 'user', content: 'word '.repeat(40_000) }] }
    const counts = [1, 1000, 1_000_000].map((size) => estimateTokens(scan(body, size).pieces))
    expect(new Set(counts).size).toBe(1)
    expect(counts[0]).toBeGreaterThan(50_000)
    expect(counts[0]).toBeLessThan(51_000)
  })

  it('takes an encoded image for an image, not for text', () => {
    const image = Buffer.alloc(600_000, 7).toString('base64')
    const body = { messages: [{ role: 'user', content: [{ type: 'image', source: { type: 'base64', data: image } }] }] }
    expect(estimateTokens(scan(body, 4096).pieces)).toBeLessThan(2_000)
  })
})
