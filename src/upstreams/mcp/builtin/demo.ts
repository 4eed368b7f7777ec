import { RPC, RpcError } from '../../../domain/json-rpc.ts'
import { isJsonObject, type JsonObject, type JsonValue } from '../../../lib/json.ts'
import { createBuiltinServer, type BuiltinMethod, type BuiltinServer } from './builtin-server.ts'
import { DEMO_TOOLS } from './demo-tools.ts'

const README = `# Trunkline demo server

It runs inside the gateway, needs no network and keeps nothing. Its tools exist so that a client can be tried at once.
Switch it off when real servers are configured.
`

const TOPICS = ['catalog', 'dialect', 'exchange', 'gateway', 'mcp', 'preset', 'routing', 'tool', 'transport'] as const

const GREETING = /^demo:\/\/greeting\/([^/]+)$/

function textOf(value: JsonValue | undefined, name: string): string {
  if (typeof value === 'string') return value
  throw new RpcError(RPC.invalidParams, `Expected \`${name}\` to be a string.`)
}

function read({ uri }: JsonObject): JsonValue {
  const address = textOf(uri, 'uri')
  if (address === 'demo://readme') return { contents: [{ uri: address, mimeType: 'text/markdown', text: README }] }
  const name = GREETING.exec(address)?.[1]
  if (name !== undefined && URL.canParse(address)) {
    return { contents: [{ uri: address, mimeType: 'text/plain', text: `Hello, ${decodeURIComponent(name)}!` }] }
  }
  throw new RpcError(RPC.resourceNotFoundLegacy, `There is no resource ${address}.`)
}

function explain(params: JsonObject): JsonValue {
  if (params['name'] !== 'explain') throw new RpcError(RPC.invalidParams, `There is no prompt ${JSON.stringify(params['name'])}.`)
  const given = isJsonObject(params['arguments']) ? params['arguments'] : {}
  const topic = textOf(given['topic'], 'topic')
  const text = `Explain "${topic}" to a newcomer in five sentences, with one example.`
  return { description: `Explain ${topic}`, messages: [{ role: 'user', content: { type: 'text', text } }] }
}

function complete(params: JsonObject): JsonValue {
  const reference = isJsonObject(params['ref']) ? params['ref'] : {}
  const argument = isJsonObject(params['argument']) ? params['argument'] : {}
  const start = textOf(argument['value'], 'argument.value').toLowerCase()
  const isTopic = reference['type'] === 'ref/prompt' && reference['name'] === 'explain' && argument['name'] === 'topic'
  const values = isTopic ? TOPICS.filter((topic) => topic.startsWith(start)) : []
  return { completion: { values, total: values.length, hasMore: false } }
}

const callTool: BuiltinMethod = (params, context) => {
  const tool = DEMO_TOOLS.find(({ listed }) => listed['name'] === params['name'])
  if (!tool) throw new RpcError(RPC.invalidParams, `There is no tool ${JSON.stringify(params['name'])}.`)
  return tool.run(isJsonObject(params['arguments']) ? params['arguments'] : {}, context)
}

const METHODS: Readonly<Record<string, BuiltinMethod>> = {
  'tools/list': () => ({ tools: DEMO_TOOLS.map(({ listed }) => listed) }),
  'tools/call': callTool,
  'resources/list': () => ({
    resources: [{ uri: 'demo://readme', name: 'readme', title: 'About the demo server', mimeType: 'text/markdown' }],
  }),
  'resources/templates/list': () => ({
    resourceTemplates: [{ uriTemplate: 'demo://greeting/{name}', name: 'greeting', title: 'A greeting by name', mimeType: 'text/plain' }],
  }),
  'resources/read': (params) => read(params),
  'prompts/list': () => ({
    prompts: [{ name: 'explain', title: 'Explain a topic', description: 'Demo prompt: asks for a short explanation.', arguments: [{ name: 'topic', description: 'What to explain.', required: true }] }],
  }),
  'prompts/get': (params) => explain(params),
  'completion/complete': (params) => complete(params),
}

/** The demo server: every kind of capability once, offline and without state. */
export function createDemoServer(send: (text: string) => void): BuiltinServer {
  return createBuiltinServer(
    {
      name: 'trunkline-demo',
      title: 'Trunkline demo',
      version: '1.0.0',
      instructions: 'A demo server inside the gateway, for trying things out. Its tools are harmless: echo, add, now, roll_dice, slow_count.',
      capabilities: { tools: {}, resources: {}, prompts: {}, completions: {} },
      methods: METHODS,
    },
    send,
  )
}
