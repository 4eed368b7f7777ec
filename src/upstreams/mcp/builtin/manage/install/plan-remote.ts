import type { JsonObject } from '../../../../../lib/json.ts'
import type { RegistryRemote } from '../registry/registry-entry.ts'
import { isReference } from '../secret-texts.ts'
import type { InputReader } from './input-reader.ts'

const TYPES: Readonly<Record<string, string>> = { 'streamable-http': 'http', sse: 'sse' }

/** Whether this kind of remote server can be connected to. */
export const isKnownRemote = ({ type }: RegistryRemote): boolean => Object.hasOwn(TYPES, type)

/** A server’s entry that connects to a remote server. Its address still has to be judged. */
export function planRemote({ type, url, headers, variables }: RegistryRemote, reader: InputReader): JsonObject {
  const filled = reader.fill(url, variables, (value) => (isReference(value) ? value : encodeURIComponent(value)))
  const sent: Record<string, string> = {}
  for (const header of headers) {
    if (!/^[!#$%&'*+.^_`|~0-9A-Za-z-]+$/.test(header.name)) {
      reader.refuse('The entry has a header without a usable name.')
      continue
    }
    const [value] = reader.read([header.name], header) ?? []
    if (typeof value === 'string') sent[header.name] = value
  }
  return { type: TYPES[type] ?? 'http', url: filled, ...(Object.keys(sent).length === 0 ? {} : { headers: sent }) }
}
