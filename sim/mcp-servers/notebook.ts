import { textResult, tool } from './base.ts'
import { isJsonObject, type JsonObject } from '../../src/lib/json.ts'
import { serve, writeLine } from './serve.ts'

const notes: string[] = []
const subscribed = new Set<string>()
let logs = false

const URI = 'note://all'
const CAPABILITIES = { tools: { listChanged: true }, resources: { subscribe: true }, logging: {} }

const asText = (value: unknown): string => (typeof value === 'string' ? value : JSON.stringify(value))

function tell(method: string, params?: JsonObject): void {
  writeLine(JSON.stringify({ jsonrpc: '2.0', method, ...(params ? { params } : {}) }))
}

const facts = tool('facts', () => {
  // eslint-disable-next-line node/no-process-env
  return textResult(JSON.stringify({ pid: process.pid, args: process.argv.slice(2), cwd: process.cwd(), env: process.env }))
})

/** Keeps the text, and tells everybody who may hear it: as a resource that changed, as a log message, and as a new tool. */
const write = tool('write', ({ arguments: given }) => {
  const text = asText(given['text'])
  notes.push(text)
  if (subscribed.has(URI)) tell('notifications/resources/updated', { uri: URI })
  if (logs) tell('notifications/message', { level: 'info', data: `wrote ${text}` })
  tell('notifications/tools/list_changed')
  return textResult(String(notes.length))
})

const read = tool('read', () => textResult(JSON.stringify(notes)))

function answer(method: string, params: JsonObject): JsonObject | undefined {
  switch (method) {
    case 'initialize':
      return { protocolVersion: '2025-11-25', serverInfo: { name: 'notebook', version: '1.0.0' }, capabilities: CAPABILITIES }
    case 'resources/list':
      return { resources: [{ uri: URI, name: 'all' }] }
    case 'resources/templates/list':
      return { resourceTemplates: [] }
    case 'resources/read':
      return { contents: [{ uri: URI, text: notes.join('\n') }] }
    case 'resources/subscribe':
      subscribed.add(asText(params['uri']))
      return {}
    case 'resources/unsubscribe':
      subscribed.delete(asText(params['uri']))
      return {}
    case 'logging/setLevel':
      logs = true
      return {}
    default:
      return undefined
  }
}

/** Remembers what it is told, so that two clients of one process would notice each other. Every note is a tool, too. */
serve({
  name: 'notebook',
  eras: 'legacy',
  tools: () => [facts, write, read, ...notes.map((text) => tool(`note_${text.replaceAll(/\W/g, '_')}`, () => textResult(text)))],
  intercept(message, send) {
    const { id, method, params } = message
    const result = typeof method === 'string' && id !== undefined ? answer(method, isJsonObject(params) ? params : {}) : undefined
    if (!result || id === undefined) return false
    send({ jsonrpc: '2.0', id, result })
    return true
  },
})
