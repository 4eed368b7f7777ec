import { appendFileSync } from 'node:fs'
import { textResult, tool } from '../../../sim/mcp-servers/base.ts'
import { hasFlag, readOption, serve } from '../../../sim/mcp-servers/serve.ts'

const { pid } = process
appendFileSync(readOption('starts') ?? '', `${pid}\n`)

const isModern = (meta: unknown): boolean => JSON.stringify(meta ?? null).includes('io.modelcontextprotocol/protocolVersion')

/** Speaks both eras, or with `--modern` one; writes down each of its starts. `push` asks its client in the way of the older era, `die` ends it. */
serve({
  name: 'dual',
  eras: hasFlag('modern') ? 'modern' : 'both',
  tools: () => [
    tool('facts', ({ params }) => textResult(JSON.stringify({ pid, era: isModern(params['_meta']) ? 'modern' : 'legacy' }))),
    tool('push', async ({ params, ask }) => {
      if (isModern(params['_meta'])) return { ...textResult('Nobody can be asked.'), isError: true }
      return textResult(JSON.stringify((await ask('sampling/createMessage', { messages: [], maxTokens: 10 }))['result'] ?? null))
    }),
    tool('die', () => process.exit(1)),
  ],
})
