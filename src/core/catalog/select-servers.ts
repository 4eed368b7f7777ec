import type { PresetDefinition } from '../../domain/preset.ts'
import { normalTag } from '../../domain/tag-expression.ts'
import type { CatalogFilter, CatalogSnapshot, ConfiguredServer } from './catalog.ts'
import { matchesTags } from './matches-tags.ts'

type Test = (candidate: ConfiguredServer) => boolean

const NOTHING: Test = () => false

function presetTest({ selection }: PresetDefinition): Test {
  switch (selection.kind) {
    case 'filter':
      return ({ tags }) => matchesTags(selection.expression, tags)
    case 'tags': {
      const wanted = selection.tags.map(normalTag)
      return ({ tags }) => wanted.some((tag) => tags.has(tag))
    }
    case 'servers': {
      const wanted = new Set<string>(selection.servers)
      return ({ server }) => wanted.has(server)
    }
  }
}

/** The servers that a filter selects, in the order of the configuration. */
export function selectServers({ configured, presets }: Pick<CatalogSnapshot, 'configured' | 'presets'>, filter: CatalogFilter): readonly ConfiguredServer[] {
  const { tags } = filter
  const tests: Test[] = []
  if (filter.servers !== 'all') {
    const wanted = new Set<string>(filter.servers)
    tests.push(({ server }) => wanted.has(server))
  }
  if (filter.preset !== undefined) {
    const preset = presets.get(filter.preset)
    tests.push(preset ? presetTest(preset) : NOTHING)
  }
  if (tags) tests.push((candidate) => matchesTags(tags, candidate.tags))
  return tests.length === 0 ? configured : configured.filter((candidate) => tests.every((test) => test(candidate)))
}
