import { cpSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { createPlantedProject, ROOT } from './planted.ts'

describe('the search for unused code', () => {
  it('finds files, exports and packages that nobody uses', () => {
    using project = createPlantedProject()
    cpSync(join(ROOT, 'knip.json'), join(project.path, 'knip.json'))
    project.plant({
      'src/cli/main.ts': "import { used } from '../lib/shelf.ts'\nexport const main = used\n",
      'src/lib/shelf.ts': 'export const used = 1\nexport const dusty = 2\n',
      'src/lib/forgotten.ts': 'export const forgotten = 1\n',
    })
    const { status, output } = project.tool('knip/bin/knip.js', ['--no-progress'])
    expect(output).toMatch(/Unused files[^]*src\/lib\/forgotten\.ts/)
    expect(output).toMatch(/Unused exports[^]*dusty\s+src\/lib\/shelf\.ts/)
    expect(output).toMatch(/Unused dependencies[^]*kysely/)
    expect(status).toBe(1)
  })
})
