import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import type { LoadConfigOptions } from './loaded-config.ts'
import { createTestingFolder, issuesOf, type TestingFolder } from './testing-folder.fixture.ts'

let folder: TestingFolder
beforeEach(() => {
  folder = createTestingFolder()
})
afterEach(() => folder[Symbol.dispose]())

const document = (text: string): LoadConfigOptions => {
  folder.write('trunkline.yaml', text)
  return folder.options()
}

describe('routes that are refused', () => {
  it('routes that lead nowhere, at the line of the very target', () => {
    const text = `providers: { a: { kind: demo } }
models:
  one: { strategy: fallback, targets: [ a/x, { model: two, parameters: { stream: true } } ] }
  two: three
  three: two
`
    expect(issuesOf(document(text))).toEqual(['3:74 Expected the name `stream` to be another member; this one belongs to the request.'])
    expect(issuesOf(document(text.replace(', parameters: { stream: true }', '')))).toEqual(['5:10 The public model `two` leads back to itself: `two` → `three` → `two`.'])
    expect(issuesOf(document('providers: { a: { kind: demo } }\nmodels:\n  one:\n    strategy: roles\n    main: a/x\n    thinking: nowhere\n'))[0]).toMatch(/^6:15 `models\.one\.thinking` names the public model `nowhere`/)
  })

  it('a role that is misspelt, and shows no parameters', () => {
    expect(issuesOf(document('providers: { a: { kind: demo } }\nmodels: { m: { strategy: roles, main: a/x, backgrund: a/y } }'))).toEqual(['2:44 `backgrund` is not known in `models.m`. (Did you mean `background`?)'])
    expect(issuesOf(document('models: { m: { model: a/x, overrides: 7 } }'))).toEqual(['1:39 Expected `models.m.overrides` to be a map of members of the request body, got a value that is not shown here.'])
  })
})
