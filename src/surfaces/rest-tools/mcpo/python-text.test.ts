import { describe, expect, it } from 'vitest'
import { nameOperations } from './operation-names.ts'
import { pythonRepr, pythonTitle } from './python-text.ts'

describe('pythonRepr', () => {
  it.each([
    ['plain', "'plain'"],
    ["it's", `"it's"`],
    ['say "x"', `'say "x"'`],
    [`both ' and " \\ and\nline`, `'both \\' and " \\\\ and\\nline'`],
    ['\u0000\u007f\u00a0\u2028', "'\\x00\\x7f\\xa0\\u2028'"],
    ['grüße 🚂', "'grüße 🚂'"],
  ])('writes %j', (text, expected) => expect(pythonRepr(text)).toBe(expected))
})

describe('pythonTitle', () => {
  it('begins each run of letters with a capital and lowers the rest', () => expect(pythonTitle("getUser's 2nd-run ÄRGER")).toBe("Getuser'S 2Nd-Run Ärger"))
})

describe('nameOperations', () => {
  it('names as FastAPI does', () => {
    expect(nameOperations(["getUser's_2nd"])).toEqual([
      { operationId: 'tool_getUser_s_2nd_post', summary: "Getuser'S 2Nd", answerTitle: 'Response Tool Getuser S 2Nd Post', formModel: 'getUser_s_2nd_form_model', responseModel: 'getUser_s_2nd_response_model' },
    ])
  })
  it('keeps apart what would be called the same', () => {
    expect(nameOperations(['a-b', 'a_b', 'a.b']).map(({ operationId, formModel }) => [operationId, formModel])).toEqual([
      ['tool_a_b_post', 'a-b_form_model'],
      ['tool_a_b_post_2', 'a_b_form_model'],
      ['tool_a_b_post_3', 'a.b_form_model'],
    ])
  })
})
