// A template server that starts as fast as a process can: no imports, no types. `count` reports progress under its own name.
const [name] = process.argv.slice(2)
const TOOLS = ['facts', 'count'].map((tool) => ({ name: tool, inputSchema: { type: 'object' } }))
const write = (message) => process.stdout.write(`${JSON.stringify({ jsonrpc: '2.0', ...message })}\n`)
const text = (value) => ({ content: [{ type: 'text', text: JSON.stringify(value) }] })

function count(id, { arguments: { to, delayMs }, _meta }, step = 1) {
  if (_meta?.progressToken !== undefined) write({ method: 'notifications/progress', params: { progressToken: _meta.progressToken, progress: step, total: to, message: name } })
  if (step === to) return write({ id, result: text({ name, counted: to }) })
  setTimeout(() => count(id, { arguments: { to, delayMs }, _meta }, step + 1), delayMs)
}

function answer({ id, method, params }) {
  if (id === undefined) return
  if (method === 'initialize') return write({ id, result: { protocolVersion: '2025-11-25', serverInfo: { name: 'counting-template', version: '1.0.0' }, capabilities: { tools: {} } } })
  if (method === 'tools/list') return write({ id, result: { tools: TOOLS } })
  if (method === 'ping') return write({ id, result: {} })
  if (method !== 'tools/call') return write({ id, error: { code: -32601, message: 'Method not found' } })
  if (params.name === 'count') return count(id, params)
  write({ id, result: text({ pid: process.pid, args: process.argv.slice(2) }) })
}

let held = ''
process.stdin.setEncoding('utf8')
process.stdin.on('data', (chunk) => {
  const lines = (held + chunk).split('\n')
  held = lines.pop()
  for (const line of lines) if (line !== '') answer(JSON.parse(line))
})
process.stdin.on('end', () => process.exit())
