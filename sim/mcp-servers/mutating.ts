import { listeners, textResult, tool } from './base.ts'
import { hasFlag, serve, writeLine } from './serve.ts'

let generation = 1
const isLegacy = hasFlag('legacy')

function announce(): void {
  const method = 'notifications/tools/list_changed'
  for (const tell of listeners) tell(method)
  if (isLegacy && !hasFlag('http')) writeLine(JSON.stringify({ jsonrpc: '2.0', method }))
}

/** The tool `mutate` renames its neighbour (`tool_1`, `tool_2`, …) and says so. */
serve({
  name: 'mutating',
  eras: isLegacy ? 'legacy' : 'both',
  tools: () => [
    tool(`tool_${generation}`, () => textResult(String(generation))),
    tool('mutate', () => {
      generation++
      announce()
      return textResult(String(generation))
    }),
  ],
})
