// A server of 2025-11-25 that looks at roots as real ones do: right after the handshake, when they change, and during a call.
const write = (message) => process.stdout.write(`${JSON.stringify({ jsonrpc: '2.0', ...message })}\n`)
const tell = (id, value) => write({ id, result: { content: [{ type: 'text', text: JSON.stringify(value) }] } })
const waiting = new Map()
let declared
let atStart
let changes = 0
let asked = 0

function listRoots(then) {
  const id = `roots-${++asked}`
  waiting.set(id, then)
  write({ id, method: 'roots/list' })
}

const shorten = ({ result, error }) => (error ? error.code : result.roots.map(({ uri }) => uri))

function serve({ id, method, params }) {
  switch (method) {
    case 'initialize':
      declared = params.capabilities.roots ?? null
      return write({ id, result: { protocolVersion: '2025-11-25', serverInfo: { name: 'roots', version: '1.0.0' }, capabilities: { tools: {} } } })
    case 'notifications/initialized':
      return listRoots((answer) => (atStart = shorten(answer)))
    case 'notifications/roots/list_changed':
      changes++
      return listRoots((answer) => (atStart = shorten(answer)))
    case 'tools/list':
      return write({ id, result: { tools: ['seen', 'ask'].map((name) => ({ name, inputSchema: { type: 'object' } })) } })
    case 'tools/call':
      if (params.name === 'ask') return listRoots((answer) => tell(id, shorten(answer)))
      return tell(id, { declared, atStart: atStart ?? null, changes })
    default:
      if (id !== undefined && method !== undefined) write({ id, error: { code: -32601, message: 'Method not found' } })
  }
}

let held = ''
process.stdin.setEncoding('utf8')
process.stdin.on('data', (chunk) => {
  const lines = (held + chunk).split('\n')
  held = lines.pop()
  for (const line of lines.filter((text) => text !== '')) {
    const message = JSON.parse(line)
    if (message.method === undefined) waiting.get(message.id)?.(message)
    else serve(message)
  }
})
process.stdin.on('end', () => process.exit())
