import { setTimeout as sleep } from 'node:timers/promises'
import { cancelled, textResult, tool, type TestTool } from './base.ts'
import { hasFlag, serve } from './serve.ts'

/** `echo` gives its arguments back byte for byte, as text and as structured content. */
const echo = tool('echo', ({ argumentsText }) => `{"content":[{"type":"text","text":${JSON.stringify(argumentsText)}}],"structuredContent":${argumentsText}}`)

const who = tool('who', ({ id, token, params }) => textResult(JSON.stringify({ id, token: token ?? null, meta: params['_meta'] ?? null })))

/** Takes `ms`, with progress after each quarter, and ends at once when it is cancelled. */
const wait = tool('wait', async (call) => {
  const ms = Number(call.arguments['ms'] ?? 1000)
  for (let quarter = 1; quarter <= 4; quarter++) {
    await sleep(ms / 4, undefined, { signal: call.signal })
    call.progress(quarter, 4)
  }
  return textResult(`waited ${ms}`)
})

const listCancelled = tool('cancelled', () => textResult(JSON.stringify(cancelled)))

/** Makes a request of its own while it serves the call and returns the answer it got. */
const ask = tool('ask', async (call) => {
  const answer = await call.ask(call.arguments['method'] as string, { from: call.arguments['from'] ?? null })
  return textResult(JSON.stringify(answer['result'] ?? answer['error'] ?? null))
})

const environment = tool('environment', () => {
  // eslint-disable-next-line node/no-process-env
  return textResult(JSON.stringify(process.env))
})

/** Wants its `region` argument repeated as `Mcp-Param-Region`. */
const regional = tool('regional', ({ argumentsText }) => textResult(argumentsText), {
  inputSchema: { type: 'object', properties: { region: { type: 'string', 'x-mcp-header': 'Region' } } },
})

const TOOLS: readonly TestTool[] = [echo, who, wait, listCancelled, ask, environment, regional]

/** The plain server of most tests. `--legacy` takes the modern era away. */
serve({ name: 'echo', eras: hasFlag('legacy') ? 'legacy' : 'both', tools: () => TOOLS })
