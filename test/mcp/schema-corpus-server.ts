import { readMember, type JsonText } from '../../src/lib/json-text.ts'
import { readSchemaCorpus } from './schema-corpus.ts'

/** Publishes a tool for each schema of the corpus, as text, and gives back the text of its arguments. `--legacy` takes the modern era away. */
const isLegacy = process.argv.includes('--legacy')
const INFO = '{"name":"corpus","version":"1"}'
const TOOLS = readSchemaCorpus().map(({ name, schema }) => `{"name":"${name}","inputSchema":${schema}}`)

function resultOf(method: string, message: JsonText): string | undefined {
  const params = readMember(message, 'params') ?? ('{}' as JsonText)
  const modern = readMember(params, '_meta')?.includes('io.modelcontextprotocol/protocolVersion') ? '"resultType":"complete",' : ''
  const fresh = modern === '' ? '' : ',"ttlMs":60000,"cacheScope":"public"'
  switch (method) {
    case 'initialize':
      return `{"protocolVersion":"2025-11-25","capabilities":{"tools":{}},"serverInfo":${INFO}}`
    case 'server/discover':
      return isLegacy ? undefined : `{${modern}"supportedVersions":["2026-07-28"],"capabilities":{"tools":{}},"_meta":{"io.modelcontextprotocol/serverInfo":${INFO}}${fresh}}`
    case 'ping':
      return '{}'
    case 'tools/list':
      return `{${modern}"tools":[${TOOLS.join(',')}]${fresh}}`
    case 'tools/call': {
      const given = readMember(params, 'arguments') ?? 'null'
      return `{${modern}"content":[{"type":"text","text":${JSON.stringify(given)}}],"structuredContent":${given}}`
    }
  }
  return undefined
}

function receive(line: JsonText): void {
  const { id, method } = JSON.parse(line) as { id?: string | number; method?: string }
  if (id === undefined || method === undefined) return
  const result = resultOf(method, line)
  const rest = result === undefined ? '"error":{"code":-32601,"message":"Method not found"}' : `"result":${result}`
  process.stdout.write(`{"jsonrpc":"2.0","id":${JSON.stringify(id)},${rest}}\n`)
}

let held = ''
process.stdin.setEncoding('utf8')
process.stdin.on('data', (chunk: string) => {
  const lines = (held + chunk).split('\n')
  held = lines.pop() ?? ''
  for (const line of lines) receive(line as JsonText)
})
