import { asGatewayError } from '../../../../domain/errors.ts'
import { RPC, RpcError } from '../../../../domain/json-rpc.ts'
import { isJsonObject, type JsonObject, type JsonValue } from '../../../../lib/json.ts'
import { createBuiltinServer, type BuiltinContext, type BuiltinServer } from '../builtin-server.ts'
import type { ModelAnswer, ModelRequest, ModelsPort } from './models-port.ts'
import { MODELS_RESOURCES, MODELS_TOOLS } from './models-tools.ts'

const MOST_MODELS = 8

const said = (text: string, structured?: JsonObject): JsonValue => ({ content: [{ type: 'text', text }], ...(structured ? { structuredContent: structured } : {}) })
const wrong = (text: string): JsonValue => ({ content: [{ type: 'text', text }], isError: true })
const json = (value: JsonValue): string => JSON.stringify(value, null, 2)

/** Wrong arguments are a tool error, which a model can read and mend. */
class WrongArguments extends Error {}

const wordAt = (object: JsonObject, key: string): string => {
  const value = object[key]
  return typeof value === 'string' ? value : ''
}

const textAt = (given: JsonObject, key: string): string => {
  const value = given[key]
  if (typeof value !== 'string' || value === '') throw new WrongArguments(`Expected \`${key}\` to be a text.`)
  return value
}

const optionalText = (given: JsonObject, key: string): string | undefined => (given[key] === undefined ? undefined : textAt(given, key))

function parametersOf({ parameters = {} }: JsonObject): JsonObject {
  if (!isJsonObject(parameters)) throw new WrongArguments('Expected `parameters` to be an object.')
  return parameters
}

function promptMessages(given: JsonObject): readonly JsonObject[] {
  const system = optionalText(given, 'system')
  return [...(system === undefined ? [] : [{ role: 'system', content: system }]), { role: 'user', content: textAt(given, 'prompt') }]
}

function chatMessages({ messages }: JsonObject): readonly JsonObject[] {
  const list = Array.isArray(messages) ? (messages as readonly JsonValue[]) : []
  const found = list.filter((message) => isJsonObject(message))
  if (found.length === 0 || found.length !== list.length) throw new WrongArguments('Expected `messages` to be a list of messages, each with `role` and `content`.')
  return found
}

function tell(answer: ModelAnswer): JsonObject {
  const { usage, thinking, ...rest } = answer
  return { ...rest, ...(thinking === '' ? {} : { thinking }), ...(usage ? { usage: { ...usage } } : {}), durationMs: Math.round(answer.durationMs) }
}

async function ask(port: ModelsPort, request: ModelRequest, { signal, progress }: BuiltinContext): Promise<JsonValue> {
  let characters = 0
  const answer = await port.ask(request, (text) => progress((characters += text.length), characters, text), signal)
  return said(answer.text, tell(answer))
}

async function compare(port: ModelsPort, given: JsonObject, { signal, progress }: BuiltinContext): Promise<JsonValue> {
  const models = Array.isArray(given['models']) ? given['models'].filter((model: JsonValue) => typeof model === 'string') : []
  if (models.length < 2 || models.length > MOST_MODELS) throw new WrongArguments(`Expected \`models\` to name 2 to ${MOST_MODELS} models.`)
  const messages = promptMessages(given)
  const parameters = parametersOf(given)
  let done = 0
  const answers = await Promise.all(
    models.map(async (model) => {
      try {
        return tell(await port.ask({ model, messages, parameters }, () => {}, signal))
      } catch (thrown) {
        return { model, error: asGatewayError(thrown).message }
      } finally {
        progress(++done, models.length, model)
      }
    }),
  )
  return said(answers.map((answer) => `## ${wordAt(answer, 'model')}\n\n${'text' in answer ? wordAt(answer, 'text') : `Failed: ${wordAt(answer, 'error')}`}`).join('\n\n'), { answers })
}

async function callTool(port: ModelsPort, name: JsonValue | undefined, given: JsonObject, context: BuiltinContext): Promise<JsonValue> {
  switch (name) {
    case 'chat':
      return ask(port, { model: optionalText(given, 'model'), messages: chatMessages(given), parameters: parametersOf(given) }, context)
    case 'complete':
      return ask(port, { model: optionalText(given, 'model'), messages: promptMessages(given), parameters: parametersOf(given) }, context)
    case 'compare':
      return compare(port, given, context)
    case 'list_models': {
      const models = [...(await port.list(context.signal))]
      return said(models.map((model) => `${wordAt(model, 'name')}${model['favourite'] === true ? ' ★' : ''}`).join('\n'), { models })
    }
    case 'provider_health':
      return said(json(port.health()), port.health())
    case 'route_explain': {
      const explained = port.explain(textAt(given, 'model'))
      return said(json(explained), explained)
    }
    default:
      throw new RpcError(RPC.invalidParams, `There is no tool ${JSON.stringify(name)}.`)
  }
}

async function answerCall(port: ModelsPort, params: JsonObject, context: BuiltinContext): Promise<JsonValue> {
  const given = isJsonObject(params['arguments']) ? params['arguments'] : {}
  try {
    return await callTool(port, params['name'], given, context)
  } catch (thrown) {
    if (thrown instanceof RpcError) throw thrown
    return wrong(thrown instanceof WrongArguments ? thrown.message : asGatewayError(thrown).message)
  }
}

async function read(port: ModelsPort, uri: JsonValue | undefined, signal: AbortSignal): Promise<JsonValue> {
  const contents = (mimeType: string, text: string): JsonValue => ({ contents: [{ uri: uri ?? '', mimeType, text }] })
  if (uri === 'trunkline://models') return contents('application/json', json({ models: [...(await port.list(signal))] }))
  if (uri === 'trunkline://health') return contents('application/json', json(port.health()))
  if (uri === 'trunkline://metrics') return contents('text/plain', port.metrics())
  throw new RpcError(RPC.resourceNotFoundLegacy, `There is no resource ${JSON.stringify(uri)}.`)
}

/** The gateway's models as an MCP server. It chooses nothing: names, routes and limits are those of every client. */
export function createModelsServer(port: ModelsPort): (send: (text: string) => void) => BuiltinServer {
  return (send) =>
    createBuiltinServer(
      {
        name: 'trunkline-models',
        title: 'Models of this gateway',
        version: '1.0.0',
        instructions: 'Asks the language models that this gateway has. `list_models` names them; `chat` and `complete` ask one, `compare` several.',
        capabilities: { tools: {}, resources: {} },
        methods: {
          'tools/list': () => ({ tools: [...MODELS_TOOLS] }),
          'tools/call': (params, context) => answerCall(port, params, context),
          'resources/list': () => ({ resources: [...MODELS_RESOURCES] }),
          'resources/templates/list': () => ({ resourceTemplates: [] }),
          'resources/read': ({ uri }, { signal }) => read(port, uri, signal),
        },
      },
      send,
    )
}
