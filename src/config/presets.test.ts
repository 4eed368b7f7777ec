import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import type { LoadConfigOptions } from './loaded-config.ts'
import { loadConfig } from './load-config.ts'
import { createTestingFolder, issuesOf, type TestingFolder } from './testing-folder.fixture.ts'

let folder: TestingFolder
beforeEach(() => {
  folder = createTestingFolder()
})
afterEach(() => folder[Symbol.dispose]())

const document = (text: string, more: Partial<LoadConfigOptions> = {}): LoadConfigOptions => folder.options({ explicitPath: folder.write('trunkline.yaml', text), ...more })
const SERVERS = 'mcpServers: { files: { builtin: demo }, mail: { builtin: demo } }\n'

describe('presets', () => {
  it('select by filter, tags or servers', () => {
    const { config, warnings } = loadConfig(document(`${SERVERS}presets: { coding: { filter: "Repo+!slow", description: For code }, x: { tags: [A, b] }, x-y: { servers: [mail] } }`))
    expect(config.presets).toEqual([
      { name: 'coding', description: 'For code', origin: 'document', selection: { kind: 'filter', text: 'Repo+!slow', expression: { all: [{ tag: 'repo' }, { not: { tag: 'slow' } }] } } },
      { name: 'x', description: undefined, origin: 'document', selection: { kind: 'tags', tags: ['A', 'b'] } },
      { name: 'x-y', description: undefined, origin: 'document', selection: { kind: 'servers', servers: ['mail'] } },
    ])
    expect(warnings).toEqual([])
  })

  it('are refused with their places', () => {
    const text = `presets:
  none: {}
  two: { filter: a, tags: [b] }
  wrong: { filter: "a + (b" }
  empty: { tags: [] }
  odd: { filtr: a }
  "a b": { tags: [x] }
  list: [a]
`
    expect(issuesOf(document(text))).toEqual([
      '2:3 `presets.none`: Expected one of `filter`, `tags` and `servers`, found none.',
      '3:21 `presets.two.tags`: Expected one of `filter`, `tags` and `servers`, found `filter` and `tags`.',
      '4:12 `presets.wrong.filter`: Expected `and`, `or` or the `)` of the `(` at 5 at character 7, found the end.',
      '5:18 Expected `presets.empty.tags` to be a list that is not empty, got a list.',
      '6:10 `filtr` is not known in `presets.odd`. (Did you mean `filter`?)',
      '7:3 Expected the name `a b` to be 1–64 letters, digits, `.`, `_` or `-`, starting with a letter or digit.',
      '8:9 Expected `presets.list` to be a map, got a list.',
    ])
  })

  it('that name a server which is not there get a warning, and select the others', () => {
    const { config, warnings } = loadConfig(document(`${SERVERS}presets: { p: { servers: [fils, mail] } }`))
    expect(config.presets).toMatchObject([{ selection: { servers: ['fils', 'mail'] } }])
    expect(warnings).toMatchObject([{ line: 2, message: '`presets.p` names the server `fils`, which is not configured.', hint: 'Did you mean `files`?' }])
  })

  it('of the overlay replace those of the document whole, and null takes one away', () => {
    const overlayValues = { presets: { a: { tags: ['t'] }, b: null, c: { servers: ['mail'] }, d: null } }
    const { config, sources } = loadConfig(document(`${SERVERS}presets: { a: { filter: x, description: old }, b: { filter: y }, e: { filter: z } }`, { overlayValues }))
    expect(config.presets.map(({ name, origin, description, selection }) => [name, origin, description, selection.kind])).toEqual([
      ['e', 'document', undefined, 'filter'],
      ['a', 'replaced', undefined, 'tags'],
      ['c', 'overlay', undefined, 'servers'],
    ])
    expect([sources.get('presets.a'), sources.get('presets.a.filter'), sources.get('presets.e')]).toEqual(['overlay', undefined, 'document'])
  })

  it('of the overlay are refused when they are wrong', () => {
    expect(issuesOf(document('presets: { a: { filter: x } }', { overlayValues: { presets: { a: { filter: '(' } } } }))).toEqual(['0:0 `presets.a.filter`: Expected a tag, `not` or `(` at character 2, found the end.'])
  })
})
