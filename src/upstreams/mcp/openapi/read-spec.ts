import { readFile } from 'node:fs/promises'
import { parse } from 'yaml'
import { isJsonObject, type JsonObject, type JsonValue } from '../../../lib/json.ts'
import { ConnectError } from '../connection.ts'
import { readCapped } from './read-capped.ts'

const MOST_BYTES = 32 * 1024 * 1024

const isAddress = (spec: string): boolean => /^https?:\/\//i.test(spec)

async function fetchText(spec: string, signal: AbortSignal): Promise<string> {
  let answer: Response
  try {
    answer = await fetch(spec, { signal, redirect: 'manual', headers: { accept: 'application/json, application/yaml, */*;q=0.1' } })
  } catch (error) {
    throw new ConnectError({ kind: 'outage', reason: `The OpenAPI document at ${spec} cannot be fetched: ${String((error as Error).cause ?? error)}.` }, { cause: error })
  }
  if (answer.status >= 300 && answer.status < 400) throw new ConnectError({ kind: 'fatal', reason: `The OpenAPI document redirects to ${answer.headers.get('location')}; write that address in \`spec\` if it is right.` })
  const bytes = await readCapped(answer, MOST_BYTES)
  if (!answer.ok || bytes === undefined) throw new ConnectError({ kind: 'outage', reason: `The OpenAPI document at ${spec} was answered with ${answer.status}${bytes === undefined ? ', and is too large' : ''}.` })
  return bytes.toString('utf8')
}

async function readText(spec: string, signal: AbortSignal): Promise<string> {
  if (isAddress(spec)) return fetchText(spec, signal)
  try {
    return await readFile(spec, { encoding: 'utf8', signal })
  } catch (error) {
    throw new ConnectError({ kind: 'fatal', reason: `The OpenAPI document ${spec} cannot be read (${(error as NodeJS.ErrnoException).code}).` }, { cause: error })
  }
}

function parseSpec(text: string): JsonValue {
  try {
    return text.trimStart().startsWith('{') ? (JSON.parse(text) as JsonValue) : (parse(text, { maxAliasCount: 1000 }) as JsonValue)
  } catch (error) {
    throw new ConnectError({ kind: 'fatal', reason: `The OpenAPI document is neither JSON nor YAML: ${(error as Error).message}` }, { cause: error })
  }
}

/** An OpenAPI 3.0 or 3.1 document from the operator’s own file or address, at most 32 MB. Redirects are not followed. */
export async function readSpec(spec: string, signal: AbortSignal): Promise<JsonObject> {
  const value = parseSpec(await readText(spec, signal))
  if (!isJsonObject(value)) throw new ConnectError({ kind: 'fatal', reason: 'Expected an OpenAPI 3.0 or 3.1 document with `paths`, found no map.' })
  // YAML reads `3.1` as a number.
  const found = JSON.stringify(value['openapi'] ?? value['swagger'] ?? null).replaceAll('"', '')
  if (/^3\.[01](?:\.|$)/.test(found) && isJsonObject(value['paths'])) return value
  throw new ConnectError({ kind: 'fatal', reason: `Expected an OpenAPI 3.0 or 3.1 document with \`paths\`, found ${found}.` })
}

/**
 * Where requests go. A document from the network may not choose another host than its own: credentials and reach are the
 * operator’s to give, by `baseUrl`.
 */
export function readBaseUrl(document: JsonObject, spec: string, configured: string | undefined): URL {
  if (configured !== undefined) return new URL(configured)
  const servers = document['servers']
  const first = Array.isArray(servers) ? (servers as readonly JsonValue[])[0] : undefined
  const written = isJsonObject(first) && typeof first['url'] === 'string' ? first['url'] : '/'
  const variables = isJsonObject(first) && isJsonObject(first['variables']) ? first['variables'] : {}
  const filled = written.replaceAll(/\{([^}]+)\}/g, (whole, name: string) => {
    const variable = variables[name]
    return isJsonObject(variable) && typeof variable['default'] === 'string' ? variable['default'] : whole
  })
  const base = isAddress(spec) ? spec : undefined
  const url = URL.parse(filled, base)
  if (!url || !/^https?:$/.test(url.protocol)) throw new ConnectError({ kind: 'fatal', reason: `The OpenAPI document says only \`${written}\` of where its API is; set \`baseUrl\`.` })
  if (base !== undefined && url.origin !== new URL(base).origin) {
    throw new ConnectError({ kind: 'fatal', reason: `The OpenAPI document leads to another host, ${url.origin}; set \`baseUrl\` if that is right.` })
  }
  return url
}
