import { describe, expect, it } from 'vitest'
import { compileTemplate } from './match-template.ts'

describe('compileTemplate', () => {
  it.each([
    ['test://template/{id}/data', 'test://template/123/data', true],
    ['test://template/{id}/data', 'test://template/1/2/data', false],
    ['file:///{+path}', 'file:///a/b/c.txt', true],
    ['file:///{path}', 'file:///a/b', false],
    ['db://{table}{?limit,offset}', 'db://users?limit=3', true],
    ['db://{table}{?limit,offset}', 'db://users', true],
    ['x://a.b/{c}', 'x://aXb/1', false],
    ['x://{/path*}', 'x:///a/b', true],
  ])('%s and %s: %s', (template, uri, matches) => {
    expect(compileTemplate(template)(uri)).toBe(matches)
  })

  it('is quick for a hostile URI', () => {
    const matches = compileTemplate('x://{a}{b}{c}{d}{e}{f}!')
    expect(matches(`x://${'a'.repeat(8000)}`)).toBe(false)
  })
})
