import type { z } from 'zod'
import { isJsonObject, type JsonValue } from '../lib/json.ts'
import type { ConfigIssue } from './config-error.ts'
import { readPath } from './json-tree.ts'
import { owningLayer, type ConfigLayer } from './layer.ts'
import { nearestWord } from '../lib/nearest-word.ts'
import { writePath, type ConfigPath } from './position.ts'
import { EXPECTED } from './schema-terms.ts'

type ZodIssue = z.core.$ZodIssue

/** Values under these names are never shown, whatever is wrong with them. */
const CONFIDENTIAL = /^(apiKey|key|headers|env|parameters|overrides)$/

function show(layers: readonly ConfigLayer[], path: ConfigPath): string {
  const owner = owningLayer(layers, path)
  const value: JsonValue | undefined = owner && readPath(owner.written, path)
  if (value === undefined) return 'nothing'
  if (path.some((part) => CONFIDENTIAL.test(String(part)))) return 'a value that is not shown here'
  if (Array.isArray(value)) return 'a list'
  if (isJsonObject(value)) return 'a map'
  const text = typeof value === 'string' ? value : JSON.stringify(value)
  return `\`${text.length > 80 ? `${text.slice(0, 77)}…` : text}\``
}

const TYPES: Readonly<Record<string, string>> = { object: 'a map', array: 'a list', string: 'a text', number: 'a number', boolean: '`true` or `false`', record: 'a map' }

const isOwnWording = (issue: ZodIssue): boolean => issue.message.startsWith(EXPECTED)

function wordsOf(issue: ZodIssue): string {
  if (isOwnWording(issue)) return issue.message.slice(EXPECTED.length)
  return issue.code === 'invalid_type' ? (TYPES[issue.expected] ?? issue.expected) : issue.message
}

/** Words that are not wrong by a letter but come from elsewhere. */
const OTHER_WORDS: Readonly<Record<string, string>> = {
  disabled: 'Write `enabled: false`.',
  timeout: 'Write `timeouts: { call: 60s }`.',
  transport: 'Write `type`.',
  httpUrl: 'Write `url`.',
  serverUrl: 'Write `url`.',
  api_key: 'Write `apiKey`.',
  base_url: 'Write `baseUrl`.',
}

/** Of a union’s ways, the one that the value was meant for: the way that got furthest into it, or failed least. */
function likeliest(issue: z.core.$ZodIssueInvalidUnion, value: JsonValue | undefined): readonly ZodIssue[] {
  const rootMismatch = (way: readonly ZodIssue[]): boolean => way.some((inner) => inner.path.length === 0 && inner.code === 'invalid_type')
  const ways = issue.errors.filter((way) => !rootMismatch(way))
  const known = (way: readonly ZodIssue[]): number => way.reduce((sum, inner) => sum + (inner.code === 'unrecognized_keys' ? inner.keys.length * 2 : 1), 0)
  const candidates = isJsonObject(value) && ways.length > 0 ? ways : issue.errors
  const [best = []] = candidates.toSorted((a, b) => known(a) - known(b))
  const unknown = best.filter((inner) => inner.code === 'unrecognized_keys')
  return unknown.length > 0 ? unknown : best
}

/** Turns what the schema found into sentences with places. */
export function describeIssues(
  issues: readonly ZodIssue[],
  layers: readonly ConfigLayer[],
  value: JsonValue,
  knownKeys: (path: ConfigPath) => readonly string[],
): readonly ConfigIssue[] {
  const place = (path: ConfigPath, part: 'key' | 'value'): Pick<ConfigIssue, 'file' | 'line' | 'column'> =>
    owningLayer(layers, path)?.place(path, part) ?? { file: 'configuration', line: 0, column: 0 }

  const unknownKey = (path: ConfigPath, key: string): ConfigIssue => {
    const near = nearestWord(key, knownKeys(path))
    const hint = near === undefined ? (Object.hasOwn(OTHER_WORDS, key) ? OTHER_WORDS[key] : undefined) : `Did you mean \`${near}\`?`
    const where = path.length === 0 ? 'at the top of a configuration' : `in \`${writePath(path)}\``
    return { ...place([...path, key], 'key'), message: `\`${key}\` is not known ${where}.`, ...(hint === undefined ? {} : { hint }) }
  }

  const describe = (issue: ZodIssue, base: ConfigPath): readonly ConfigIssue[] => {
    const path = [...base, ...(issue.path as ConfigPath)]
    if (issue.code === 'unrecognized_keys') return issue.keys.map((key) => unknownKey(path, key))
    if (issue.code === 'invalid_union' && !isOwnWording(issue)) {
      return likeliest(issue, readPath(value, path)).flatMap((inner) => describe(inner, path))
    }
    if (issue.code === 'invalid_key') {
      const words = issue.issues[0] === undefined ? 'another one' : wordsOf(issue.issues[0])
      return [{ ...place(path, 'key'), message: `Expected the name \`${path.at(-1) ?? ''}\` to be ${words}.` }]
    }
    if (issue.code === 'custom' && !isOwnWording(issue)) return [{ ...place(path, 'key'), message: `\`${writePath(path)}\`: ${issue.message}` }]
    return [{ ...place(path, 'value'), message: `Expected \`${writePath(path)}\` to be ${wordsOf(issue)}, got ${show(layers, path)}.` }]
  }

  // An entry with a misspelt `comand` also lacks a `command`: the first says it all.
  const misspelt = new Set(issues.filter((issue) => issue.code === 'unrecognized_keys').map((issue) => writePath(issue.path as ConfigPath)))
  const described = issues
    .filter((issue) => issue.code !== 'custom' || isOwnWording(issue) || !misspelt.has(writePath(issue.path as ConfigPath)))
    .flatMap((issue) => describe(issue, []))
  // A value can break two rules that are said with the same words.
  return described.filter((issue, index) => described.findIndex((other) => other.message === issue.message) === index)
}
