import { parse, TomlError } from 'smol-toml'
import { isJsonObject, type JsonValue } from '../lib/json.ts'
import type { ParsedDocument } from './parsed-document.ts'
import { createLineIndex, type ConfigPath, type Position } from './position.ts'

/** Dates are texts, and what JSON has no number for is nothing. */
function toJson(value: unknown): JsonValue {
  if (value instanceof Date) return value.toISOString()
  if (Array.isArray(value)) return value.map(toJson)
  if (typeof value === 'object' && value !== null) return Object.fromEntries(Object.entries(value).map(([key, member]) => [key, toJson(member)]))
  if (typeof value === 'bigint') return String(value)
  if (typeof value === 'number' && !Number.isFinite(value)) return null
  return value as JsonValue
}

const KEY = String.raw`(?:[A-Za-z0-9_-]+|"(?:[^"\\]|\\.)*"|'[^']*')`
const HEADER = new RegExp(String.raw`^[ \t]*\[\[?[ \t]*(${KEY}(?:[ \t]*\.[ \t]*${KEY})*)[ \t]*\]`)
const MEMBER = new RegExp(String.raw`^[ \t]*(${KEY}(?:[ \t]*\.[ \t]*${KEY})*)[ \t]*=[ \t]*`)

function readKeys(text: string): readonly string[] {
  return (text.match(new RegExp(KEY, 'g')) ?? []).map((key) => (key.startsWith('"') ? String(JSON.parse(key)) : key.replace(/^'(.*)'$/, '$1')))
}

interface Written {
  readonly key: number
  readonly value: number
}

/** Where tables and their members begin. Lines inside texts of several lines may look like more; they are never looked for. */
function findPlaces(text: string): ReadonlyMap<string, Written> {
  const places = new Map<string, Written>()
  const note = (path: readonly string[], place: Written): void => {
    for (let length = path.length; length > 0; length--) {
      const key = JSON.stringify(path.slice(0, length))
      if (!places.has(key)) places.set(key, place)
    }
  }
  let table: readonly string[] = []
  let offset = 0
  for (const line of text.split('\n')) {
    const start = offset + line.length - line.trimStart().length
    const header = HEADER.exec(line)?.[1]
    const member = MEMBER.exec(line)
    if (header !== undefined) note((table = readKeys(header)), { key: start, value: start })
    else if (member?.[1] !== undefined) note([...table, ...readKeys(member[1])], { key: start, value: offset + member[0].length })
    offset += line.length + 1
  }
  return places
}

/** TOML 1.0, as Codex keeps its settings in it. */
export function parseTomlDocument(file: string, text: string): ParsedDocument {
  const position = createLineIndex(text)
  const places = findPlaces(text)
  const locate = (path: ConfigPath, part: 'key' | 'value'): Position => {
    for (let length = path.length; length > 0; length--) {
      const place = places.get(JSON.stringify(path.slice(0, length).map(String)))
      if (place) return position(place[part])
    }
    return { line: 1, column: 1 }
  }
  try {
    const value = toJson(parse(text))
    const isClients = isJsonObject(value) && isJsonObject(value['mcp_servers'])
    const issues = isClients ? [] : [{ file, line: 1, column: 1, message: 'Expected YAML, JSON or JSONC: of TOML files only those of Codex, with `[mcp_servers.…]`, are read.' }]
    return { file, value, locate, issues }
  } catch (error) {
    if (!(error instanceof TomlError)) throw error
    const message = `This is not TOML: ${error.message.split('\n', 1)[0] ?? ''}.`
    return { file, value: null, locate, issues: [{ file, line: error.line, column: error.column, message }] }
  }
}
