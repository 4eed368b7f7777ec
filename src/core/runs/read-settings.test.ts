import { describe, expect, it } from 'vitest'
import { createJsonScanner, type ScannedBody } from '../../dialects/index.ts'
import { runDialect } from './fragments.ts'
import { createSettingsReader } from './read-settings.ts'

function scan(value: object): ScannedBody {
  const bytes = Buffer.from(JSON.stringify(value))
  const scanner = createJsonScanner()
  scanner.push(bytes)
  return { pieces: [bytes], scan: scanner.end() }
}

const chat = runDialect('openai-chat')
const said = (content: string): readonly object[] => [{ role: 'user', content }]

describe('createSettingsReader', () => {
  it('reads the same settings once, whatever was said', () => {
    const read = createSettingsReader()
    const first = read(scan({ model: 'm', n: 2, messages: said('a') }), chat)
    expect(first.canonical.choices).toBe(2)
    expect(read(scan({ model: 'm', n: 2, messages: said('b') }), chat)).toBe(first)
    expect(read(scan({ model: 'm', n: 3, messages: said('a') }), chat).canonical.choices).toBe(3)
  })

  it('does not take the settings of one dialect for those of another', () => {
    const read = createSettingsReader()
    const body = scan({ model: 'm', max_tokens: 5, messages: said('a') })
    expect(read(body, chat).canonical.dialect).toBe('openai-chat')
    expect(read(body, runDialect('anthropic-messages')).canonical.dialect).toBe('anthropic-messages')
  })

  it('says what is wrong with a conversation that is no list', () => {
    expect(() => createSettingsReader()(scan({ model: 'm', messages: 'hi' }), chat)).toThrow(/messages/)
  })

  it('refuses what only looks like JSON from outside', () => {
    const bytes = Buffer.from('{"model":"m","tools":[{"a" 1}],"messages":[]}')
    const scanner = createJsonScanner()
    scanner.push(bytes)
    expect(() => createSettingsReader()({ pieces: [bytes], scan: scanner.end() }, chat)).toThrow(/not valid JSON/)
  })
})
