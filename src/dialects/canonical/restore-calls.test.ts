import { describe, expect, it } from 'vitest'
import { foldAnswer } from './answer.ts'
import { createCallRestorer } from './restore-calls.ts'
import type { StreamPart } from './stream.ts'

const call = (name: string, ...pieces: readonly string[]): readonly StreamPart[] => [
  { type: 'tool-call-start', index: 0, callId: 'c', name },
  ...pieces.map((argumentsText): StreamPart => ({ type: 'tool-call-delta', index: 0, argumentsText })),
  { type: 'block-end', index: 0 },
]

const restore = (parts: readonly StreamPart[]): unknown => foldAnswer(parts.flatMap(createCallRestorer(new Map([['ns__f', { name: 'f', namespace: 'ns' }], ['exec', { name: 'exec', isCustom: true }]])))).blocks

describe('createCallRestorer', () => {
  it('LT-K02 gives a tool its group and its own name back', () => {
    expect(restore(call('ns__f', '{"a"', ':1}'))).toEqual([{ type: 'tool-call', callId: 'c', name: 'f', namespace: 'ns', argumentsText: '{"a":1}' }])
  })

  it('LT-K01 takes free text out of the object it travelled in', () => {
    expect(restore(call('exec', '{"input":"ls', '\\n-l"}'))).toEqual([{ type: 'tool-call', callId: 'c', name: 'exec', isCustom: true, argumentsText: 'ls\n-l' }])
  })

  it('keeps what is no such object, and tools that were never changed', () => {
    expect(restore(call('exec', 'ls -l'))).toMatchObject([{ argumentsText: 'ls -l' }])
    expect(restore(call('other', '{"input":"x"}'))).toMatchObject([{ name: 'other', argumentsText: '{"input":"x"}' }])
  })
})
