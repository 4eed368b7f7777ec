import { describe, expect, it } from 'vitest'
import type { ToolDefinition } from '../../dialects/index.ts'
import { runDialect } from './fragments.ts'
import { createToolTexts } from './tool-texts.ts'

const tool = (name: string): ToolDefinition => ({ name, description: undefined, inputSchema: { type: 'object' }, path: '' })

describe('createToolTexts', () => {
  it('writes the same tools once, and others anew, for each dialect in its own words', () => {
    const { textsOf } = createToolTexts()
    const [a, b] = [tool('a'), tool('b')]
    const chat = runDialect('openai-chat')
    const first = textsOf(chat, 'm', [a, b])
    expect(first).toEqual([expect.stringContaining('"name":"a"'), expect.stringContaining('"name":"b"')])
    expect(textsOf(chat, 'm', [a])).toEqual(first.slice(0, 1))
    expect(textsOf(chat, 'm', [a, b])).toBe(first)
    expect(textsOf(chat, 'm', [b, a])).toEqual(first.toReversed())
    expect(textsOf(runDialect('anthropic-messages'), 'm', [a, b])).toEqual([expect.stringContaining('"input_schema"'), expect.stringContaining('"input_schema"')])
  })
})
