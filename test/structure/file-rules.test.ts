import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { createPlantedProject, type PlantedProject } from './planted.ts'

let project: PlantedProject
beforeEach(() => {
  project = createPlantedProject()
  project.plant({ 'src/lib/README.md': '# lib\n', 'src/lib/good-name.ts': 'export function goodName(): void {}\n' })
})
afterEach(() => project[Symbol.dispose]())

function expectFinding(check: string, place: string, rule: string): void {
  const { status, output } = project.check(check)
  expect(output).toContain(`${place} ${rule}: `)
  expect(status).toBe(1)
}

const lines = (count: number): string => Array.from({ length: count }, (_, index) => `export const a${index} = ${index}`).join('\n')

describe('check files', () => {
  it('passes what is in order, and prints the median', () => {
    const { status, output } = project.check('files')
    expect(output).toMatch(/^0 findings, 1 files; in src: median 1 lines/)
    expect(status).toBe(0)
  })

  it.each([
    ['file-size', 'src/lib/long.ts', lines(401)],
    ['kebab-name', 'src/lib/someThing.ts', 'export function someThing(): void {}\n'],
    ['drawer', 'src/lib/utils.ts', 'export const a = 1\n'],
    ['drawer', 'src/lib/name-helpers.ts', 'export const a = 1\n'],
    ['no-default-export', 'src/lib/one.ts', 'export default function one(): void {}\n'],
    ['named-after-export', 'src/lib/apples.ts', 'export function peelPears(): void {}\n'],
    ['one-main-export', 'src/lib/things.ts', 'export class ThingOne {}\nexport class ThingTwo {}\n'],
    ['one-main-export', 'src/lib/clock.ts', 'export function createClock(): void {}\nexport function createWatch(): void {}\n'],
  ])('finds %s in %s', (rule, file, text) => {
    project.plant({ [file]: text })
    expectFinding('files', file, rule)
  })

  it('counts neither blanks nor comments, and takes a reason', () => {
    project.plant({ 'src/lib/long.ts': `${lines(399)}\n${'\n// note\n'.repeat(50)}/*\n${'words\n'.repeat(50)}*/`, 'src/lib/table.ts': `// Longer than 400 lines because it is one table.\n${lines(500)}` })
    expect(project.check('files').status).toBe(0)
  })

  it('finds rooms without a README, or with one that is a book', () => {
    project.plant({ 'src/core/calls/index.ts': '', 'src/storage/index.ts': '', 'src/storage/README.md': 'line\n'.repeat(31) })
    expectFinding('files', 'src/core/calls', 'room-readme')
    expectFinding('files', 'src/storage/README.md', 'room-readme')
  })
})

describe('check text', () => {
  const registry = ['registry', 'npmjs', 'org'].join('.')
  it.each([
    ['no-registry', `see https://${registry}/x`],
    ['no-registry', `https://example.com/${'artifactory'}/api/npm`],
    ['no-machine-path', `const a = '/${'root'}/project/a.ts'`],
    ['no-machine-path', `file:///${'home'}/someone/x`],
    ['no-machine-path', `in (/${'Users'}/someone/x)`],
  ])('finds %s in %s', (rule, text) => {
    project.plant({ 'docs/a.md': `fine\n${text}\n` })
    expectFinding('text', 'docs/a.md:2', rule)
  })

  it('finds the very folder that it runs in', () => {
    project.plant({ 'docs/a.md': `${project.path}/x\n` })
    expectFinding('text', 'docs/a.md:1', 'no-machine-path')
  })

  it('lets paths of users’ machines be talked about', () => {
    project.plant({ 'docs/a.md': 'the network/homework/x, ~/.config/trunkline, /tmp/a, /usr/bin, https://api.openai.com/v1\n' })
    expect(project.check('text')).toMatchObject({ status: 0 })
  })
})

describe('check dependencies', () => {
  interface Lock {
    packages: Record<string, Record<string, unknown>>
  }
  const edit = (name: string, change: (value: Lock & Record<string, Record<string, string>>) => void): void => {
    const file = join(project.path, name)
    const value = JSON.parse(readFileSync(file, 'utf8')) as Lock & Record<string, Record<string, string>>
    change(value)
    writeFileSync(file, JSON.stringify(value))
  }

  it('passes this project, and prints the count', () => {
    expect(project.check('dependencies')).toMatchObject({ status: 0, output: expect.stringMatching(/^0 findings, \d+ runtime packages of \d+/) as string })
  })

  it('finds download addresses, missing checksums, install scripts and loose versions', () => {
    edit('package-lock.json', ({ packages }) => {
      const [one = {}, two = {}, three = {}] = ['node_modules/zod', 'node_modules/yaml', 'node_modules/undici'].map((path) => packages[path] ?? {})
      one['resolved'] = 'https://downloads.example/zod.tgz'
      delete two['integrity']
      three['hasInstallScript'] = true
    })
    edit('package.json', (manifest) => {
      const { dependencies = {} } = manifest
      dependencies['zod'] = '^4.0.0'
    })
    for (const rule of ['no-download-address', 'integrity', 'no-install-script']) expectFinding('dependencies', 'package-lock.json', rule)
    expectFinding('dependencies', 'package.json', 'exact-version')
  })

  it('finds too many', () => {
    edit('package-lock.json', ({ packages }) => {
      for (let index = 0; index < 41; index++) packages[`node_modules/extra-${index}`] = { version: '1.0.0', integrity: 'sha512-x' }
    })
    expectFinding('dependencies', 'package-lock.json', 'few-dependencies')
  })
})
