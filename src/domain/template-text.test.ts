import { describe, expect, it } from 'vitest'
import { parseTemplateText } from './template-text.ts'

const parts = (text: string): unknown => {
  const parsed = parseTemplateText(text)
  return parsed.kind === 'valid' ? parsed.parts : parsed.problem
}

describe('parseTemplateText', () => {
  it('reads texts, values and what they fall back on', () => {
    expect(parts('plain')).toEqual(['plain'])
    expect(parts('')).toEqual([])
    expect(parts('--root={{ project.path }}/x')).toEqual(['--root=', { name: 'project.path', fallback: undefined }, '/x'])
    expect(parts('{{context.branch:-main}}{{user.name:-}}')).toEqual([{ name: 'context.branch', fallback: 'main' }, { name: 'user.name', fallback: '' }])
    expect(parts('{"a":1}')).toEqual(['{"a":1}'])
    expect(parts('{{{project.path}}}')).toEqual([{ name: 'project.path', fallback: undefined }])
    expect(parts('{"a":{{user.uid}}}')).toEqual(['{"a":', { name: 'user.uid', fallback: undefined }, '}'])
  })

  it.each(['{{#if project.path}}', '{{eq a.b c.d}}', '{{project}}', '{{}}', '{{proj.path}}', '{{project.path', 'project.path}}'])('calls %j a problem', (text) => {
    expect(parseTemplateText(text).kind).toBe('invalid')
  })
})
