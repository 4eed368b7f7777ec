import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { loadConfig } from './load-config.ts'
import type { LoadConfigOptions } from './loaded-config.ts'
import { createTestingFolder, type TestingFolder } from './testing-folder.fixture.ts'

let folder: TestingFolder
beforeEach(() => {
  folder = createTestingFolder()
})
afterEach(() => folder[Symbol.dispose]())

const document = (text: string): LoadConfigOptions => {
  folder.write('trunkline.yaml', text)
  return folder.options()
}

describe('switches in the overlay', () => {
  it('switches models, favourites and providers by the overlay, whose lists replace those of the document', () => {
    const options = { ...document('providers: { a: { kind: demo, disabledModels: [x] } }\nmodels: { big: a/y }\nfavourites: [a/y]\n'), flags: { data: 'd' } }
    expect(loadConfig(options).config.modelSwitches).toEqual({ disabledRoutes: [], disabledModels: { a: ['x'] }, favourites: ['a/y'] })
    folder.write('d/runtime.yaml', 'version: 1\nvalues: { providers: { a: { enabled: false, disabledModels: [z] } }, favourites: [big], disabledModels: [big] }\n')
    const { config } = loadConfig(options)
    expect(config.modelSwitches).toEqual({ disabledRoutes: ['big'], disabledModels: { a: ['z'] }, favourites: ['big'] })
    expect(config.providers).toMatchObject([{ id: 'a', enabled: false }])
  })

  it('switches providers that no document names, and says which switches have no effect', () => {
    const options = folder.options({ flags: { data: 'd' }, environment: { OPENAI_API_KEY: 'k' } })
    folder.write('d/runtime.yaml', 'version: 1\nvalues: { providers: { openai: { enabled: false, disabledModels: [m] }, gone: { enabled: false }, demo: { kind: openai } } }\n')
    const { config, warnings } = loadConfig(options)
    expect(config.providers.map(({ id, enabled }) => [id, enabled])).toEqual([['openai', false], ['demo', true]])
    expect(config.modelSwitches.disabledModels).toEqual({ openai: ['m'] })
    expect(warnings.map(({ line, message }) => `${line} ${message}`)).toEqual([
      '2 The switch for `providers.gone` has no effect, because there is no such provider.',
      '2 The switch for `providers.demo` has no effect: expected `enabled` and `disabledModels` only.',
    ])
  })

  it('takes switches that are not in the file, to see what they would do', () => {
    folder.write('d/runtime.yaml', 'version: 1\nvalues: { favourites: [a] }\n')
    const options = folder.options({ flags: { data: 'd' } })
    expect(loadConfig({ ...options, overlayValues: { favourites: ['b'] } }).config.modelSwitches.favourites).toEqual(['b'])
    expect(() => loadConfig({ ...options, overlayValues: { favourites: 7 } })).toThrow(/runtime\.yaml Expected `favourites` to be a list of texts/)
    expect(loadConfig(options).config.modelSwitches.favourites).toEqual(['a'])
  })

  it('warns of a switched-off public model that is none', () => {
    const { warnings } = loadConfig(document('providers: { a: { kind: demo } }\nmodels: { big: a/y }\ndisabledModels: [bgi]\n'))
    expect(warnings).toMatchObject([{ line: 3, message: '`disabledModels` names `bgi`, which is no public model; it has no effect.', hint: 'Did you mean `big`?' }])
  })
})
