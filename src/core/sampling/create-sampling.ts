import { randomUUID } from 'node:crypto'
import { asGatewayError } from '../../domain/errors.ts'
import { RPC, RpcError } from '../../domain/json-rpc.ts'
import type { SamplingPolicy } from '../../domain/sampling-policy.ts'
import { isJsonObject, type JsonObject } from '../../lib/json.ts'
import { parseJsonText, toJsonText, type JsonText } from '../../lib/json-text.ts'
import type { Logger } from '../../telemetry/index.ts'
import { askModel, type ExchangeService } from '../exchange/index.ts'
import type { Principal } from '../identity/index.ts'
import type { ModelDirectory } from '../routing/index.ts'
import { createSamplingBudget, type SamplingBudget } from './budget.ts'
import { readHints, writeQuestion, writeResult } from './sampling-messages.ts'

export interface SamplingDeps {
  exchanges(): ExchangeService
  readonly directory: ModelDirectory
  readonly now?: () => number
}

/** A server's question during somebody's call. */
export interface SamplingQuestion {
  readonly server: string
  readonly policy: SamplingPolicy
  readonly params: JsonText | undefined
  readonly principal: Principal
  readonly logger: Logger
  readonly signal: AbortSignal
  /** Asks whoever made the call; undefined where nobody can be asked. */
  readonly askCaller: ((method: string, params: JsonText) => Promise<JsonText>) | undefined
}

/** Models of the gateway for servers whose clients have none. */
export interface Sampling {
  /** The result of `sampling/createMessage`. Rejects with an `RpcError` that says what was refused and which setting would allow it. */
  answer(question: SamplingQuestion): Promise<JsonText>
}

/** @see MCP 2025-11-25, sampling: `User rejected sampling request` */
const REJECTED = -1

async function needConsent({ server, policy, askCaller }: SamplingQuestion, model: string): Promise<void> {
  if (policy.consent === 'always') return
  const cure = `\`mcpServers.${server}.sampling.consent: always\` would allow it without a question.`
  if (!askCaller) throw new RpcError(REJECTED, `The MCP server may ask a model only with consent, and nobody can be asked here. ${cure}`)
  const requestedSchema = { type: 'object', properties: { allow: { type: 'boolean', title: 'Allow', description: 'Let the server ask the model this once.' } }, required: ['allow'] }
  const asked = await askCaller('elicitation/create', toJsonText({ mode: 'form', message: `The MCP server \`${server}\` wants to ask the model \`${model}\` on your account.`, requestedSchema })).catch((thrown: unknown) => {
    if (thrown instanceof RpcError && thrown.code === RPC.methodNotFound) throw new RpcError(REJECTED, `The MCP server may ask a model only with consent, and this client cannot be asked. ${cure}`)
    throw thrown
  })
  const answer = parseJsonText(asked)
  const isAllowed = isJsonObject(answer) && answer['action'] === 'accept' && isJsonObject(answer['content']) && answer['content']['allow'] === true
  if (!isAllowed) throw new RpcError(REJECTED, 'The user rejected the sampling request.')
}

export function createSampling({ exchanges, directory, now = Date.now }: SamplingDeps): Sampling {
  const budgets = new Map<string, SamplingBudget>()

  function budgetOf(server: string): SamplingBudget {
    let budget = budgets.get(server)
    if (!budget) budgets.set(server, (budget = createSamplingBudget(now)))
    return budget
  }

  async function chooseModel({ policy, signal }: SamplingQuestion, params: JsonObject): Promise<string> {
    if (policy.model !== undefined) return policy.model
    const models = (await directory.list(signal)).map(({ name }) => name)
    const hinted = readHints(params).flatMap((hint) => models.find((name) => name.toLowerCase().includes(hint)) ?? [])
    const chosen = hinted[0] ?? models[0]
    if (chosen === undefined) throw new RpcError(RPC.internalError, 'The gateway has no model to answer with.')
    return chosen
  }

  return {
    async answer(question) {
      const { server, policy, principal, logger, signal } = question
      const read = question.params === undefined ? {} : parseJsonText(question.params)
      const params = isJsonObject(read) ? read : {}
      const body = writeQuestion(params, policy.maxTokens)
      const model = await chooseModel(question, params)
      const taken = budgetOf(server).take(policy)
      if (taken.kind === 'refused') throw new RpcError(REJECTED, `The MCP server has used up what it may ask of models: \`mcpServers.${server}.sampling.${taken.limit}\` is ${policy[taken.limit]}.`)
      let tokens = 0
      try {
        await needConsent(question, model)
        const answer = await askModel((request, client) => exchanges().run(request, client), { principal, surface: 'sampling', requestId: `req_${randomUUID().replaceAll('-', '')}`, body: { ...body, model }, logger: logger.child({ sampling: server }), signal })
        tokens = answer.usage ? answer.usage.input.total + answer.usage.output.total : policy.maxTokens
        return toJsonText(writeResult(answer, model))
      } catch (thrown) {
        if (thrown instanceof RpcError) throw thrown
        throw new RpcError(RPC.internalError, asGatewayError(thrown).message)
      } finally {
        taken.settle(tokens)
      }
    },
  }
}
