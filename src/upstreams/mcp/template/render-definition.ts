import { createHash } from 'node:crypto'
import { isAbsolute } from 'node:path'
import { pathToFileURL } from 'node:url'
import type { McpServerDefinition, McpTransportDefinition } from '../../../domain/mcp-server.ts'
import { parseTemplateText } from '../../../domain/template-text.ts'
import { completeText, type LookUp, type TextKind } from './complete-text.ts'

export type RenderedDefinition =
  /** `hash` is equal for equal transports and roots: whoever has it would start the same server. */
  | { readonly kind: 'rendered'; readonly definition: McpServerDefinition; readonly hash: string }
  | { readonly kind: 'missing'; readonly names: readonly string[] }
  | { readonly kind: 'refused'; readonly reason: string }

/** Thrown inside only: one text of many cannot be completed. */
class Refused extends Error {
  override readonly name = 'Refused'
}

function createCompleter(lookUp: LookUp): { readonly missing: Set<string>; complete(text: string, kind: TextKind): string } {
  const missing = new Set<string>()
  return {
    missing,
    complete(text, kind) {
      const parsed = parseTemplateText(text)
      if (parsed.kind === 'invalid') throw new Refused(parsed.problem)
      const completed = completeText(parsed.parts, kind, lookUp)
      if (completed.kind === 'refused') throw new Refused(completed.reason)
      if (completed.kind === 'complete') return completed.text
      for (const name of completed.names) missing.add(name)
      return ''
    },
  }
}

type Complete = (text: string, kind: TextKind) => string

const all = (map: Readonly<Record<string, string>>, kind: TextKind, complete: Complete): Record<string, string> =>
  Object.fromEntries(Object.entries(map).map(([name, text]) => [name, complete(text, kind)]))

function completeTransport(transport: McpTransportDefinition, complete: Complete): McpTransportDefinition {
  switch (transport.kind) {
    case 'stdio': {
      const { command, args, env, cwd } = transport
      return {
        ...transport,
        command: complete(command, 'command'),
        args: args.map((text) => complete(text, 'argument')),
        env: all(env, 'variable', complete),
        cwd: cwd === undefined ? undefined : complete(cwd, 'folder'),
      }
    }
    case 'http':
    case 'sse':
      return { ...transport, url: complete(transport.url, 'address'), headers: all(transport.headers, 'header', complete) }
    case 'builtin':
    case 'openapi':
      return transport
  }
}

/** A path becomes an address once it is whole; the parts of an address stay its parts. */
function completeRoot(uri: string, complete: Complete): string {
  if (uri.startsWith('file:')) return complete(uri, 'address')
  const path = complete(uri, 'folder')
  if (path !== '' && !isAbsolute(path)) throw new Refused('Expected a root to be an absolute path once its values are there.')
  return pathToFileURL(path).href
}

/** What only the whole text shows: a value must not have turned an address or a folder into something else. */
function checkWhole(before: McpTransportDefinition, after: McpTransportDefinition): void {
  if (after.kind === 'stdio') {
    if (after.command === '') throw new Refused('The command is empty.')
    if (before.kind === 'stdio' && before.cwd !== after.cwd && after.cwd !== undefined && !isAbsolute(after.cwd)) throw new Refused('Expected `cwd` to be an absolute path.')
    return
  }
  if (after.kind !== 'http' && after.kind !== 'sse') return
  const url = URL.parse(after.url)
  if (!url || (url.protocol !== 'http:' && url.protocol !== 'https:')) throw new Refused('The address is no http or https address once its values are there.')
}

/**
 * A template as one client’s server. Arguments stay single arguments and no text meets a shell; what a value could turn
 * into something else is refused. It starts nothing.
 */
export function renderDefinition(template: McpServerDefinition, lookUp: LookUp): RenderedDefinition {
  const { missing, complete } = createCompleter(lookUp)
  try {
    const transport = completeTransport(template.transport, complete)
    if (missing.size > 0) return { kind: 'missing', names: [...missing] }
    checkWhole(template.transport, transport)
    const roots = template.roots?.map((root) => ({ ...root, uri: completeRoot(root.uri, complete) }))
    if (missing.size > 0) return { kind: 'missing', names: [...missing] }
    const hash = createHash('sha256').update(JSON.stringify(roots ? [transport, roots] : transport)).digest('hex').slice(0, 32)
    return { kind: 'rendered', definition: { ...template, transport, ...(roots ? { roots } : {}) }, hash }
  } catch (error) {
    if (error instanceof Refused) return { kind: 'refused', reason: error.message }
    throw error
  }
}
