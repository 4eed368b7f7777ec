import { describe, expect, it } from 'vitest'
import { addMembers, type AddedMembers } from './add-members.ts'

function add(text: string, members: AddedMembers): string {
  const cut = Math.ceil(text.length / 2)
  return Buffer.concat(addMembers([Buffer.from(text.slice(0, cut)), Buffer.from(text.slice(cut))], members)).toString()
}

describe('addMembers', () => {
  it.each([
    ['{}', '{"a":1,"b":{"c":[]}}'],
    ['{"x":1}', '{"x":1,"a":1,"b":{"c":[]}}'],
    ['{ "a" : 2.0 } ', '{ "a" : 2.0,"b":{"c":[]} } '],
    ['{"b":0,"a":null}', '{"b":0,"a":null}'],
  ])('adds parameters only where they are absent: %s', (text, expected) => {
    expect(add(text, { parameters: { a: 1, b: { c: [] } } })).toBe(expected)
  })

  it.each([
    ['{}', '{"a":9}'],
    ['{"a":1.0, "é":"\\u00e9"}', '{"a":9, "é":"\\u00e9"}'],
    ['{"a":1,"x":12345678901234567890,"a":{"a":1}}', '{"a":9,"x":12345678901234567890,"a":9}'],
  ])('puts overrides in place of what is there: %s', (text, expected) => {
    expect(add(text, { overrides: { a: 9 } })).toBe(expected)
  })

  it('lets an override win over a parameter of the same name', () => {
    expect(add('{"x":0}', { parameters: { a: 1, b: 2 }, overrides: { a: 9 } })).toBe('{"x":0,"a":9,"b":2}')
  })

  it.each([
    ['{"options":{"t": 1.0}}', '{"options":{"t": 1.0,"n":2}}'],
    ['{"options":{"n":5}}', '{"options":{"n":5}}'],
    ['{"options":null}', '{"options":null}'],
    ['{"options":{"n" 5}}', '{"options":{"n" 5}}'],
    ['{}', '{"options":{"n":2}}'],
  ])('fills up the objects that hold settings: %s', (text, expected) => {
    expect(add(text, { parameters: { options: { n: 2 } }, filled: ['options'] })).toBe(expected)
  })

  it('overrides single members of such objects', () => {
    expect(add('{"options":{"n":5,"t":1.0}}', { overrides: { options: { n: 2 } }, filled: ['options'] })).toBe('{"options":{"n":2,"t":1.0}}')
    expect(add('{"options":null}', { overrides: { options: { n: 2 } }, filled: ['options'] })).toBe('{"options":{"n":2}}')
  })

  it('hands back the very pieces when there is nothing to set', () => {
    const pieces = [Buffer.from('{"a"'), Buffer.from(':1}')]
    expect(addMembers(pieces, { parameters: {} })).toBe(pieces)
    expect(addMembers(pieces, { parameters: { a: 2 } })).toBe(pieces)
  })
})
