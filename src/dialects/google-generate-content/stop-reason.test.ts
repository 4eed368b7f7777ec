import { describe, expect, it } from 'vitest'
import { decodeFinish } from './stop-reason.ts'

describe('decodeFinish', () => {
  it.each([
    ['STOP', false, 'stop'],
    ['STOP', true, 'tool-calls'],
    ['FUNCTION_CALL', true, 'tool-calls'],
    ['A_WORD_OF_TOMORROW', false, 'other'],
    ['MAX_TOKENS', true, 'length'],
    ['MALFORMED_FUNCTION_CALL', true, 'other'],
    [undefined, true, 'other'],
  ] as const)('LT-A11 LT-A12 LT-A13 reads %s, with calls %s, as %s', (raw, hasToolCalls, unified) => {
    expect(decodeFinish(raw, hasToolCalls)).toEqual({ unified, raw })
  })
})
