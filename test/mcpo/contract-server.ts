import { createInterface } from 'node:readline'

/** A stdio MCP server with one tool per row of mcpo’s contract. The answers recorded from mcpo were given in front of it. */
const text = (value: string): unknown => ({ type: 'text', text: value })
const PIXEL = 'iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg=='
const image = { type: 'image', data: PIXEL, mimeType: 'image/png' }
const resource = { type: 'resource', resource: { uri: 'note://1', mimeType: 'text/plain', text: 'inside' } }
const link = { type: 'resource_link', uri: 'note://1', name: 'note' }
const audio = { type: 'audio', data: 'AAAA', mimeType: 'audio/wav' }

/** By tool: what it answers whatever it is asked. */
const RESULTS: Readonly<Record<string, unknown>> = {
  one_text: { content: [text('hello')] },
  json_object: { content: [text('{"b":1,"a":[true,null]}')] },
  json_number: { content: [text('123')] },
  json_string: { content: [text('"quoted"')] },
  json_null: { content: [text('null')] },
  broken_json: { content: [text('{"a":')] },
  spaced_json: { content: [text(' \n[1, 2]\n ')] },
  unicode_text: { content: [text('grüße 🚂')] },
  several: { content: [text('a'), text('{"n":2}')] },
  nothing: { content: [] },
  image: { content: [image] },
  mixed: { content: [text('see'), image] },
  resource: { content: [resource] },
  audio: { content: [audio] },
  link: { content: [link] },
  text_and_audio: { content: [text('only me'), audio] },
  structured: { content: [text('plain words')], structuredContent: { sum: 5 } },
  tool_error: { isError: true, content: [text("no such file: 'a'")] },
  quoted_error: { isError: true, content: [text(`both ' and " \\ and\nline`)] },
  silent_error: { isError: true, content: [] },
  image_error: { isError: true, content: [image] },
  no_arguments: { content: [text('done')] },
}

/** By tool: the JSON-RPC error it answers with. */
const ERRORS: Readonly<Record<string, unknown>> = {
  parse_error: { code: -32700, message: 'not readable' },
  invalid_request: { code: -32600, message: 'not a request' },
  method_missing: { code: -32601, message: 'no such method' },
  invalid_params: { code: -32602, message: 'wrong arguments', data: { field: 'a' } },
  internal_error: { code: -32603, message: 'broken inside' },
  other_error: { code: -32099, message: 'something else', data: 'more' },
}

const ANY = { type: 'object', properties: { note: { type: 'string' } } }
const SCHEMAS: Readonly<Record<string, unknown>> = {
  no_arguments: { type: 'object', properties: {} },
  echo: {
    type: 'object',
    properties: {
      name: { type: 'string', minLength: 2, description: 'Who.' },
      level: { type: 'string', enum: ['low', 'high'], default: 'low' },
      count: { type: ['integer', 'null'] },
      where: { type: 'object', properties: { x: { type: 'number' } }, required: ['x'] },
      either: { oneOf: [{ type: 'string' }, { type: 'integer' }] },
      node: { $ref: '#/$defs/Node' },
      _hidden: { type: 'boolean' },
    },
    required: ['name'],
    $defs: { Node: { type: 'object', properties: { value: { type: 'string' }, next: { $ref: '#/$defs/Leaf' } } }, Leaf: { type: 'object', properties: { value: { type: 'string' } } } },
  },
}

const names = [...Object.keys(RESULTS), ...Object.keys(ERRORS), 'echo']
const tools = names.map((name) => ({
  name,
  description: `The tool ${name}.`,
  inputSchema: SCHEMAS[name] ?? ANY,
  ...(name === 'structured' ? { outputSchema: { type: 'object', properties: { sum: { type: 'integer' } }, required: ['sum'] } } : {}),
}))

interface Asked {
  readonly id?: number | string
  readonly method: string
  readonly params?: { readonly name?: string; readonly arguments?: unknown; readonly protocolVersion?: string; readonly cursor?: string }
}

/** Two pages, since whoever reads only the first loses `echo`. */
function listPage(cursor: string | undefined): unknown {
  return cursor === undefined && process.env['ONE_PAGE'] === undefined ? { tools: tools.slice(0, -1), nextCursor: 'last' } : { tools: cursor === undefined ? tools : tools.slice(-1) }
}

function answer({ method, params = {} }: Asked): { result?: unknown; error?: unknown } {
  if (method === 'initialize') {
    const instructions = process.env['INSTRUCTIONS']
    return { result: { protocolVersion: '2025-06-18', capabilities: { tools: {} }, serverInfo: { name: 'contract', version: '4.2.0' }, ...(instructions === undefined ? {} : { instructions }) } }
  }
  if (method === 'tools/list') return { result: listPage(params.cursor) }
  if (method === 'ping') return { result: {} }
  if (method !== 'tools/call') return { error: { code: -32601, message: 'Method not found' } }
  const { name = '' } = params
  if (name === 'echo') return { result: { content: [text(JSON.stringify(params.arguments ?? 'none'))] } }
  return name in ERRORS ? { error: ERRORS[name] } : { result: RESULTS[name] }
}

createInterface({ input: process.stdin }).on('line', (line) => {
  const asked = JSON.parse(line) as Asked
  if (asked.id !== undefined) process.stdout.write(`${JSON.stringify({ jsonrpc: '2.0', id: asked.id, ...answer(asked) })}\n`)
})
