import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { createJsonStringEditor, type JsonStringEditorOptions } from './json-string-editor.ts'

const strip = (value: string): string | undefined => (value.startsWith('p/') ? value.slice(2) : undefined)
const PLACES = [['requests', '*', 'params', 'model'], ['body', 'model']]

function run(text: string, changes: Partial<JsonStringEditorOptions> = {}, size = text.length): string {
  const editor = createJsonStringEditor({ places: PLACES, edit: strip, ...changes })
  const bytes = Buffer.from(text)
  const out: Uint8Array[] = []
  for (let at = 0; at < bytes.length; at += Math.max(size, 1)) out.push(Buffer.from(editor.push(bytes.subarray(at, at + Math.max(size, 1)))))
  return Buffer.concat([...out, editor.end()]).toString()
}

describe('createJsonStringEditor', () => {
  const text = '{ "model":"p/top", "requests" : [ {"custom_id":"p/a","params":{"max_tokens":1.0,"model" : "p/one","messages":[{"model":"p/deep","content":"\\"model\\":\\"p/x\\" {[é"}]}}, {"params":{"model":"other"}} ] }\r\n'

  it('edits the strings at its places and nothing else', () => {
    expect(run(text)).toBe(text.replace('"p/one"', '"one"'))
  })

  it('keeps the length where it must', () => {
    expect(run(text, { keepsLength: true })).toBe(text.replace('"p/one"', '"one"  '))
    expect(run('{"body":{"model":"p/a"}}', { keepsLength: true, edit: () => 'a much longer name' })).toBe('{"body":{"model":"p/a"}}')
  })

  it('reads texts one after another, between lines that are none', () => {
    const lines = '--boundary\r\nContent-Disposition: form-data; name="file"\r\n\r\n{"body":{"model":"p/a"}}\n{"body":{"model":"p/b","x":[1]}}\r\n--boundary--'
    expect(run(lines)).toBe(lines.replace('"p/a"', '"a"').replace('"p/b"', '"b"'))
  })

  it.each(['{"body":{"model":"p/unfinished', '{"body":{"model":', ']]}}"', '{"body":{"model":["p/a"]}}', '{"body":{"model":{"model":"p/a"}}}', '{"body":["model","p/a"]}', ''])('leaves %j as it is', (odd) => {
    expect(run(odd)).toBe(odd)
  })

  it('reads names and values with escapes', () => {
    expect(run('{"b\\u006fdy":{"model":"p\\/a"}}')).toBe('{"b\\u006fdy":{"model":"a"}}')
  })

  it('lets a string pass that is too long to be meant, and goes on after it', () => {
    for (const filler of ['x', '\\\\', '\\"']) {
      const long = `{"body":{"model":"p/${filler.repeat(9_000)}","model":"p/a"}}`
      expect(run(long, {}, 1_000)).toBe(long.replace('"p/a"', '"a"'))
    }
  })

  it('says the same however the bytes are cut', () => {
    fc.assert(fc.property(fc.integer({ min: 1, max: 40 }), (size) => run(text, {}, size) === text.replace('"p/one"', '"one"')))
  })

  it('passes any JSON byte for byte that has nothing to edit', () => {
    fc.assert(fc.property(fc.json(), fc.integer({ min: 1, max: 9 }), (json, size) => run(json, { edit: () => undefined }, size) === json))
  })
})
