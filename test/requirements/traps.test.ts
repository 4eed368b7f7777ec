import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { describe, expect, it } from 'vitest'
import { LATER, TRAPS } from './requirements.ts'

const ROOT = fileURLToPath(new URL('../..', import.meta.url))

/** The ids in the names of tests: in quotes, not in comments. */
function citedIn(text: string): readonly string[] {
  const lines = text.split('\n').filter((line) => !/^\s*(?:\/\/|\/?\*)/.test(line))
  return lines.flatMap((line) => [...line.matchAll(/LT-[A-Z]\d\d/g)].flatMap(([id]) => (new RegExp(`['"\`].*${id}`).test(line) ? [id] : [])))
}

function readCitations(): ReadonlyMap<string, readonly string[]> {
  const files = ['src', 'sim', 'test'].flatMap((folder) => readdirSync(join(ROOT, folder), { recursive: true, encoding: 'utf8' }).filter((name) => name.endsWith('.test.ts')).map((name) => join(folder, name)))
  const citations = new Map<string, string[]>()
  for (const file of files) for (const id of citedIn(readFileSync(join(ROOT, file), 'utf8'))) citations.set(id, [...(citations.get(id) ?? []), file])
  return citations
}

const citations = readCitations()

describe('the requirements', () => {
  it('have one line each', () => {
    const ids = [...TRAPS.map(({ id }) => id), ...Object.keys(LATER)]
    expect(new Set(ids).size).toBe(ids.length)
    expect(TRAPS.length).toBeGreaterThanOrEqual(150)
    expect(TRAPS.every(({ id, says, source }) => /^LT-[A-LP]\d\d$/.test(id) && says !== '' && source !== '')).toBe(true)
  })

  it('are cited by the name of a test, every one', () => {
    expect(TRAPS.filter(({ id }) => !citations.has(id)).map(({ id, says }) => `${id} ${says}`)).toEqual([])
  })

  it('are known, where a test cites one', () => {
    const known = new Set([...TRAPS.map(({ id }) => id), ...Object.keys(LATER)])
    expect([...citations].filter(([id]) => !known.has(id))).toEqual([])
  })

  it('are found only in the names of tests', () => {
    expect(citedIn("it('LT-A01 LT-A02 does so', () => {")).toEqual(['LT-A01', 'LT-A02'])
    expect(citedIn("// it('LT-A01 does so')\n * 'LT-A02'\nconst a = LT-A03")).toEqual([])
  })
})
