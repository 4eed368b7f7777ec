import { readdirSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { fixturePath, scenarios, SUFFIXES } from './fixtures.ts'
import { ANSWER_PAIRS, GRIDS, REQUEST_PAIRS } from './grids/index.ts'

/** The snapshots that the grid compares with, by the kind of scenario. */
function snapshotsOf(suffix: (typeof SUFFIXES)[number], scenario: string, to: string): readonly string[] {
  if (suffix === '.request.json') return [`${scenario}.to-${to}.json`]
  if (suffix === '.response.json') return [`${scenario}.to-${to}.response.json`]
  return [`${scenario}.to-${to}.sse.txt`, `${scenario}.to-${to}.whole.json`]
}

describe('the grid', () => {
  it('has more than 60 scenarios of requests, and of answers, and every dialect has some of each', () => {
    const count = (suffix: (typeof SUFFIXES)[number]): number => GRIDS.flatMap(({ dialect }) => scenarios(dialect, suffix)).length
    expect(count('.request.json')).toBeGreaterThanOrEqual(100)
    expect(count('.sse.txt') + count('.response.json')).toBeGreaterThanOrEqual(80)
    for (const { dialect } of GRIDS) for (const suffix of SUFFIXES) expect(scenarios(dialect, suffix).length, `${dialect} ${suffix}`).toBeGreaterThan(0)
  })

  it('leads from every client’s dialect to every other, and from every provider’s back', () => {
    const clients = GRIDS.filter(({ hasClients }) => hasClients).length
    expect(clients).toBe(4)
    expect(REQUEST_PAIRS.length).toBe(clients * (GRIDS.length - 1))
    expect(ANSWER_PAIRS.length).toBe(clients * (GRIDS.length - 1))
  })

  it.each(GRIDS)('has a snapshot of every scenario of $dialect in every other dialect, and none without a scenario', ({ dialect }) => {
    const expected = SUFFIXES.flatMap((suffix) => {
      const pairs = suffix === '.request.json' ? REQUEST_PAIRS : ANSWER_PAIRS
      return scenarios(dialect, suffix).flatMap((scenario) => [
        `${scenario}${suffix}`,
        ...pairs.filter(({ from }) => from.dialect === dialect).flatMap(({ to }) => snapshotsOf(suffix, scenario, to.dialect)),
      ])
    })
    const present = new Set(readdirSync(fixturePath(dialect, '')))
    expect({ missing: expected.filter((name) => !present.has(name)), stale: [...present].filter((name) => !expected.includes(name)) }).toEqual({ missing: [], stale: [] })
  })
})
