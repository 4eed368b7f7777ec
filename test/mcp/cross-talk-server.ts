import { setTimeout as sleep } from 'node:timers/promises'
import { isJsonObject, type JsonObject } from '../../src/lib/json.ts'
import { textResult, tool, type TestCall, type TestTool } from '../../sim/mcp-servers/base.ts'
import { hasFlag, serve } from '../../sim/mcp-servers/serve.ts'

/** What became of the rounds of a call; one that asks takes two in the modern era. */
export interface Rounds {
  started: number
  finished: number
  cancelled: number
  failed: number
}

const QUESTION_MS = 5_000

/** By the name that its client gave a call. */
const seen = new Map<string, Rounds>()

const nameOf = (call: TestCall): string => call.arguments['name'] as string

async function counted(call: TestCall, run: () => Promise<JsonObject>): Promise<JsonObject> {
  const entry = seen.get(nameOf(call)) ?? { started: 0, finished: 0, cancelled: 0, failed: 0 }
  seen.set(nameOf(call), entry)
  entry.started++
  try {
    const result = await run()
    if (call.signal.aborted) entry.cancelled++
    else entry.finished++
    return result
  } catch (error) {
    if (call.signal.aborted) entry.cancelled++
    else entry.failed++
    throw error
  }
}

/** Works for `ms`, and names its caller in every step of progress and in its answer. */
const work = tool('work', (call) => counted(call, async () => {
  for (let step = 1; step <= 3; step++) {
    await sleep(Number(call.arguments['ms']) / 3, undefined, { signal: call.signal })
    if (call.token === undefined) continue
    call.send({ jsonrpc: '2.0', method: 'notifications/progress', params: { progressToken: call.token, progress: step, total: 3, message: nameOf(call) } })
  }
  return textResult(JSON.stringify({ name: nameOf(call) }))
}))

function question(call: TestCall): JsonObject {
  return call.arguments['method'] === 'sampling/createMessage'
    ? { messages: [{ role: 'user', content: { type: 'text', text: nameOf(call) } }], maxTokens: 10 }
    : { message: nameOf(call), requestedSchema: { type: 'object', properties: { name: { type: 'string' } } } }
}

function aborted(signal: AbortSignal): Promise<never> {
  return new Promise((_resolve, reject) => signal.addEventListener('abort', () => reject(new Error('cancelled')), { once: true }))
}

/** Over HTTP a cancel may overtake its request: then nobody is left to answer, and the call ends as a failed one. */
async function nobody(): Promise<never> {
  await sleep(QUESTION_MS, undefined, { ref: false })
  throw new Error('nobody answered')
}

function isModern({ params: { _meta: meta } }: TestCall): boolean {
  return isJsonObject(meta) && meta['io.modelcontextprotocol/protocolVersion'] !== undefined
}

/** Asks its caller in the way of the caller's era, and repeats the answer. */
const ask = tool('ask', (call) => counted(call, async () => {
  const method = call.arguments['method'] as string
  await sleep(Number(call.arguments['ms']) / 2, undefined, { signal: call.signal })
  if (isModern(call)) {
    const responses = call.params['inputResponses']
    if (responses === undefined) {
      return { resultType: 'input_required', inputRequests: { q: { method, params: question(call) } }, requestState: `state of ${nameOf(call)}` }
    }
    return textResult(JSON.stringify({ name: nameOf(call), state: call.params['requestState'], answer: (responses as JsonObject)['q'] }))
  }
  const answer = await Promise.race([call.ask(method, question(call)), aborted(call.signal), nobody()])
  await sleep(Number(call.arguments['ms']) / 2, undefined, { signal: call.signal })
  return textResult(JSON.stringify({ name: nameOf(call), answer: answer['result'] ?? null, error: answer['error'] ?? null }))
}))

const tally = tool('tally', () => textResult(JSON.stringify(Object.fromEntries(seen))))

const TOOLS: readonly TestTool[] = [work, ask, tally]

/** The one server that all clients of the cross-talk test share. `--legacy` takes the modern era away. */
serve({ name: 'cross-talk', eras: hasFlag('legacy') ? 'legacy' : 'both', tools: () => TOOLS })
