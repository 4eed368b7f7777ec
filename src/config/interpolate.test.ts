import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { interpolate, type InterpolationContext } from './interpolate.ts'

const context: InterpolationContext = {
  environment: { A: 'value', EMPTY: '', NESTED: '${A}', DOLLARS: '$& $1 $$' },
  directory: '/nowhere-at-all',
  homeDirectory: '/nowhere-at-all/home',
  clientForms: {},
  bareDollar: false,
}
const one = (text: string, more: Partial<InterpolationContext> = {}): unknown => interpolate(text, { ...context, ...more }).value

describe('interpolate', () => {
  it.each([
    ['${A}', 'value'],
    ['a${A}b${A}', 'avaluebvalue'],
    ['${env:A}', 'value'],
    ['${MISSING:-default}', 'default'],
    ['${EMPTY:-default}', 'default'],
    ['${EMPTY}', ''],
    ['${A:-default}', 'value'],
    ['${MISSING:-}', ''],
    ['$${A}', '${A}'],
    ['$A', '$A'],
    ['cost: 5$', 'cost: 5$'],
    ['{{A}}', '{{A}}'],
  ])('%s → %s', (text, expected) => {
    expect(one(text)).toBe(expected)
  })

  it('looks once: what a variable holds is never searched', () => {
    expect(one('${NESTED}')).toBe('${A}')
    expect(one('${DOLLARS}')).toBe('$& $1 $$')
  })

  it('never searches any value, whatever it is', () => {
    fc.assert(
      fc.property(fc.string(), (value) => {
        expect(one('<${V}>', { environment: { V: value } })).toBe(`<${value}>`)
      }),
    )
  })

  it('leaves texts without a form as they are, in any tree', () => {
    fc.assert(
      fc.property(fc.jsonValue(), (tree) => {
        fc.pre(!JSON.stringify(tree).includes('$'))
        expect(interpolate(tree as never, context).value).toEqual(tree)
      }),
    )
  })

  it('names the path and the variable of every gap', () => {
    const { unresolved } = interpolate({ a: ['x', '${NO_1} ${NO_2}'], 'b.c': { d: '${A}${NO_3}' } }, context)
    expect(unresolved.map(({ path, message }) => [path, message])).toEqual([
      [['a', 1], 'The variable `NO_1` is not set.'],
      [['a', 1], 'The variable `NO_2` is not set.'],
      [['b.c', 'd'], 'The variable `NO_3` is not set.'],
    ])
  })

  it.each(['${input:token}', '${A:-${B}}', '${a-b}', '${}'])('calls %s a form that it does not know', (text) => {
    expect(interpolate(text, context).unresolved[0]?.message).toContain('is no form that is known here')
  })

  it('does not look into names', () => {
    expect(interpolate({ '${A}': 1 }, context).value).toEqual({ '${A}': 1 })
  })

  it('reports a file that cannot be read, and watches it', () => {
    const { unresolved, files } = interpolate('${file:secret}', context)
    expect(unresolved[0]?.message).toContain('cannot be read (ENOENT)')
    expect(files).toEqual(['/nowhere-at-all/secret'])
  })

  it('reads `$NAME` only where a client writes it so', () => {
    expect(one('$A', { bareDollar: true })).toBe('value')
    expect(one('$A.b', { bareDollar: true })).toBe('$A.b')
  })
})
