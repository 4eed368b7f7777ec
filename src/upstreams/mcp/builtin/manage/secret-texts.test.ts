import { describe, expect, it } from 'vitest'
import { isReference, isSecretName, maskArguments, maskMap, maskUrl, refuseText } from './secret-texts.ts'

describe('isSecretName', () => {
  it.each(['GITHUB_TOKEN', 'x-api-key', '--accessKey', 'Authorization', 'DB_PASSWORD', 'apikey'])('%s is one', (name) => expect(isSecretName(name)).toBe(true))
  it.each(['PORT', 'MONKEY', 'KEYBOARD_LAYOUT', '--path', 'TOKENIZER'])('%s is none', (name) => expect(isSecretName(name)).toBe(false))
})

describe('isReference', () => {
  it.each(['${A}', 'Bearer ${A}', 'token=${A_1}', '${A}${B}'])('%s holds no secret itself', (text) => expect(isReference(text)).toBe(true))
  it.each(['A', '$A', '', 'hunter2 ${A}', '${A:-hunter2}', '${file:x}', 'Bearer hunter2${A}', '${A}hunter2'])('%s may', (text) => expect(isReference(text)).toBe(false))
})

describe('masking', () => {
  it('shows references and names, and nothing else of variables and headers', () => {
    expect(maskMap({ A: '1', B: '${X}', C: 7 })).toEqual({ A: '[redacted]', B: '${X}', C: '[redacted]' })
  })

  it('shows an address without what may be secret in it', () => {
    expect(maskUrl('https://u:p@host/a/b?x=1&key=${K}&flag')).toBe('https://[redacted]@host/a/b?x=[redacted]&key=${K}&flag')
  })

  it('masks what a command line says behind a secret’s name', () => {
    expect(maskArguments(['--token', 'abc', '--token', '${T}', '--token=abc', '-v', 'PASSWORD=x', '--token', '--next', '/a/b'])).toEqual(['--token', '[redacted]', '--token', '${T}', '--token=[redacted]', '-v', 'PASSWORD=[redacted]', '--token', '--next', '/a/b'])
    expect(maskArguments(['sk-proj-abcdefghijklmnop'])).toEqual(['[redacted]'])
  })
})

describe('refuseText', () => {
  const refuse = (name: string, text: string, isSecret = false): string | undefined => refuseText({ place: 'p', name, text, isSecret }, ['ALLOWED', 'MY_*'])

  it.each<readonly [string, string]>([['A', 'plain'], ['TOKEN', '${ALLOWED}'], ['TOKEN', ''], ['A', 'x ${MY_ANY} y'], ['A', '$HOME; rm -rf $(x)']])('takes %s=%s', (name, text) => expect(refuse(name, text)).toBeUndefined())

  it.each<readonly [string, string, RegExp]>([
    ['A', 'a\nb', /control character/],
    ['A', '${OTHER}', /`manage\.variables`/],
    ['A', '${MY_X:-y}', /no form/],
    ['TOKEN', 'hunter2', /is a secret/],
    ['A', 'sk-proj-abcdefghijklmnop', /is a secret/],
    ['A', 'postgres://me:pw@host/db', /is a secret/],
    ['TOKEN', 'hunter2-${ALLOWED}', /is a secret/],
  ])('refuses %s=%s', (name, text, says) => expect(refuse(name, text)).toMatch(says))

  it('takes what a publisher calls a secret only by name', () => {
    expect(refuse('A', 'plain', true)).toMatch(/is a secret/)
    expect(refuse('A', '${ALLOWED}', true)).toBeUndefined()
  })
})
