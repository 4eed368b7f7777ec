import { describe, expect, it } from 'vitest'
import type { JsonObject } from '../../lib/json.ts'
import type { ConversationMessage } from './conversation.ts'
import { writeHistory } from './history.ts'

const message = (role: 'user' | 'assistant', content: string, wire: readonly JsonObject[] = []): ConversationMessage => ({
  sequence: 1, role, state: 'complete', content, thinking: '', createdAt: new Date(0), attachments: [], steps: [], model: undefined, usage: undefined, finishReason: undefined, wire,
})
const call = (id: string): JsonObject => ({ id, type: 'function', function: { name: 'f', arguments: '{}' } })

describe('writeHistory', () => {
  it('says plain messages as they are, and leaves empty ones out', () => {
    expect(writeHistory([message('user', 'Hi'), message('assistant', ''), message('user', 'Hello?')], false)).toEqual([{ role: 'user', content: 'Hi' }, { role: 'user', content: 'Hello?' }])
  })

  it('tells calls with their results where there are tools, and only the words where there are none', () => {
    const wire = [{ role: 'assistant', content: 'Let me look.', tool_calls: [call('a')] }, { role: 'tool', tool_call_id: 'a', content: '5' }, { role: 'assistant', content: 'Five.' }]
    expect(writeHistory([message('assistant', 'x', wire)], true)).toEqual(wire)
    expect(writeHistory([message('assistant', 'x', wire)], false)).toEqual([{ role: 'assistant', content: 'Let me look.' }, { role: 'assistant', content: 'Five.' }])
  })

  it('leaves out calls without results and results without calls', () => {
    const wire = [{ role: 'assistant', content: null, tool_calls: [call('a'), call('b')] }, { role: 'tool', tool_call_id: 'b', content: '1' }, { role: 'tool', tool_call_id: 'z', content: '2' }, { role: 'assistant', content: null, tool_calls: [call('c')] }]
    expect(writeHistory([message('assistant', '', wire)], true)).toEqual([{ role: 'assistant', content: null, tool_calls: [call('b')] }, { role: 'tool', tool_call_id: 'b', content: '1' }])
  })
})
