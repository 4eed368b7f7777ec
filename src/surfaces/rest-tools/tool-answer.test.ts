import { describe, expect, it } from 'vitest'
import { type JsonText, toJsonText } from '../../lib/json-text.ts'
import { TOOL_RESULT_TYPE, toolAnswer } from './tool-answer.ts'

const answer = (result: string, accept?: string) => toolAnswer(result as JsonText, accept, 'req_1')

describe('toolAnswer', () => {
  it('gives structured content byte for byte', () => {
    expect(answer('{"content":[{"type":"text","text":"x"}],"structuredContent":{"10":1,"2": 12345678901234567890}}')).toEqual({
      status: 200,
      contentType: 'application/json; charset=utf-8',
      body: '{"10":1,"2": 12345678901234567890}',
    })
  })

  it('gives text as text, also when it looks like JSON', () => {
    expect(answer('{"content":[{"type":"text","text":"{\\"a\\":1}"}]}')).toEqual({ status: 200, contentType: 'text/plain; charset=utf-8', body: '{"a":1}' })
  })

  it('gives media their own type and bytes', () => {
    const data = Buffer.from([0, 255, 1]).toString('base64')
    expect(answer(JSON.stringify({ content: [{ type: 'image', data, mimeType: 'image/png' }] }))).toEqual({ status: 200, contentType: 'image/png', body: Buffer.from([0, 255, 1]) })
    expect(answer(JSON.stringify({ content: [{ type: 'audio', data, mimeType: 'audio/wav\r\nx: y' }] })).contentType).toBe('application/octet-stream')
    expect(answer(JSON.stringify({ content: [{ type: 'resource', resource: { uri: 'a:b', mimeType: 'text/csv', text: 'a,b' } }] }))).toEqual({ status: 200, contentType: 'text/csv', body: 'a,b' })
  })

  it('keeps several blocks as they were written', () => {
    expect(answer('{"content":[{"type":"text","text":"a"}, {"type":"x-new","n":1.0}]}').body).toBe('{"content":[{"type":"text","text":"a"}, {"type":"x-new","n":1.0}]}')
    expect(answer('{"content":[]}').status).toBe(204)
  })

  it('makes a tool’s error a problem with its text, blocks and structure', () => {
    const { status, contentType, body } = answer('{"isError":true,"content":[{"type":"text","text":"no such file"}],"structuredContent":{"code":7}}')
    expect([status, contentType]).toEqual([422, 'application/problem+json; charset=utf-8'])
    expect(JSON.parse(String(body))).toMatchObject({ title: 'tool_error', detail: 'no such file', requestId: 'req_1', content: [{ type: 'text' }], structuredContent: { code: 7 } })
  })

  it('gives the whole result to who asks for it', () => {
    const result = toJsonText({ content: [], _meta: { a: 1 } })
    expect(answer(result, TOOL_RESULT_TYPE)).toEqual({ status: 200, contentType: TOOL_RESULT_TYPE, body: result })
  })
})
