import type { IncomingHttpHeaders } from 'node:http'
import type { WireHeaders } from '../upstream.ts'

const PASSED = new Set([
  'content-type',
  'retry-after',
  'retry-after-ms',
  'x-ms-retry-after-ms',
  'x-should-retry',
  'x-request-id',
  'request-id',
  'openai-model',
  'openai-processing-ms',
  'openai-version',
])

/** What is said of a file or a list that is handed on as it is. */
const PASSED_OF_FILES = new Set([...PASSED, 'content-length', 'content-disposition', 'content-range', 'accept-ranges', 'etag', 'last-modified'])

const PASSED_PREFIXES = ['x-ratelimit-', 'anthropic-ratelimit-'] as const

/** What of an upstream's headers may travel on: no cookies, no hop-by-hop headers, nothing about a coding that is undone. */
export function passResponseHeaders(headers: IncomingHttpHeaders): WireHeaders {
  return pass(headers, PASSED)
}

/** The same for an answer that the gateway does not read, and whose length holds. */
export function passFileHeaders(headers: IncomingHttpHeaders): WireHeaders {
  return pass(headers, PASSED_OF_FILES)
}

function pass(headers: IncomingHttpHeaders, names: ReadonlySet<string>): WireHeaders {
  const passed: Record<string, string | readonly string[]> = {}
  for (const name in headers) {
    const value = headers[name]
    if (value === undefined) continue
    if (names.has(name) || PASSED_PREFIXES.some((prefix) => name.startsWith(prefix))) passed[name] = value
  }
  return passed
}
