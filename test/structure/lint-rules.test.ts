import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { createPlantedProject, type PlantedProject } from './planted.ts'

/** Rule, file, content. Each breaks one rule of HOUSE-STYLE and no other matters. */
const PLANTED: readonly (readonly [string, string, string])[] = [
  ['max-lines', 'src/lib/long-one.ts', Array.from({ length: 401 }, (_, index) => `export const a${index} = ${index}`).join('\n')],
  ['no-default-export', 'src/lib/one-default.ts', 'export default 1\n'],
  ['consistent-type-imports', 'src/lib/one-type.ts', "import { A } from './types-only.ts'\nexport type B = A\n"],
  ['no-explicit-any', 'src/lib/one-any.ts', 'export const a: any = 1\n'],
  ['no-non-null-assertion', 'src/lib/one-bang.ts', 'export const a = (b?: number): number => b!\n'],
  ['no-console', 'src/lib/one-console.ts', "console.log('a')\n"],
  ['filename-case', 'src/lib/oneCamel.ts', 'export const a = 1\n'],
  ['prefer-node-protocol', 'src/lib/one-protocol.ts', "import { join } from 'path'\nexport const a = join('a')\n"],
  ['no-process-env', 'src/core/one-env.ts', "export const a = process.env['A']\n"],
  ['no-floating-promises', 'src/lib/one-float.ts', 'export function a(): void {\n  Promise.resolve(1)\n}\n'],
  ['no-cycle', 'src/lib/one-cycle.ts', "import { b } from './other-cycle.ts'\nexport const a = (): unknown => b\n"],
]

let project: PlantedProject
let output: string
beforeAll(() => {
  project = createPlantedProject()
  project.plant({
    ...Object.fromEntries(PLANTED.map(([, file, text]) => [file, text])),
    'src/lib/types-only.ts': 'export interface A {\n  readonly a: 1\n}\n',
    'src/lib/other-cycle.ts': "import { a } from './one-cycle.ts'\nexport const b = (): unknown => a\n",
    'src/cli/allowed.ts': "export const a = process.env['A']\nconsole.log(a)\n",
    'src/config/allowed.ts': "export const a = process.env['A']\n",
  })
  output = project.tool('oxlint/bin/oxlint', ['--type-aware', '--format=unix', 'src']).output
})
afterAll(() => project[Symbol.dispose]())

describe('the linter', () => {
  it.each(PLANTED)('finds %s in %s', (rule, file) => {
    const lines = output.split('\n').filter((line) => line.includes(`${file}:`))
    expect(lines.some((line) => line.includes(`(${rule})`) && line.includes('Error')), `${output}`).toBe(true)
  })

  it('lets cli print and, like config, read the environment', () => {
    expect(output).not.toContain('allowed.ts')
  })

  it('ends with a failure', () => {
    expect(project.tool('oxlint/bin/oxlint', ['--type-aware', '--quiet', 'src']).status).toBe(1)
  })
})

describe('the compiler', () => {
  it.each([
    ['enums', 'export enum A {\n  One,\n}\n', 'TS1294'],
    ['parameter properties', 'export class A {\n  constructor(readonly a: number) {}\n}\n', 'TS1294'],
    ['unchecked members of a list', 'export const a: number = [1][0]\n', 'TS2322'],
    ['an import without its extension', "export * from './one-default'\n", 'TS2835'],
  ])('refuses %s', (_name, text, code) => {
    using compiled = createPlantedProject()
    compiled.plant({ 'src/lib/one-default.ts': 'export const a = 1\n', 'src/lib/planted.ts': text })
    const { status, output: complaints } = compiled.tool('typescript/bin/tsc', ['-p', 'tsconfig.json'])
    expect(complaints).toContain(`src/lib/planted.ts`)
    expect(complaints).toContain(code)
    expect(status).not.toBe(0)
  })
})
