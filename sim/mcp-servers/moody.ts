import { existsSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { textResult, tool } from './base.ts'
import { readOption, serve, hasFlag } from './serve.ts'

const folder = readOption('folder')
const LOOK_MS = 50
const FLOOD = Buffer.alloc(16 * 1024, 'this is fine\n')

function isTold(mood: string): boolean {
  return folder !== undefined && existsSync(join(folder, mood))
}

if (folder !== undefined) {
  writeFileSync(join(folder, 'pid'), String(process.pid))
  if (isTold('crash')) process.exit(1)
  setInterval(() => {
    if (isTold('crash')) process.exit(1)
  }, LOOK_MS)
  setInterval(() => {
    if (isTold('flood')) process.stderr.write(FLOOD)
  }, 1)
}

const filler = (index: number) =>
  tool(`tool_${index}`, () => textResult(String(index)), {
    description: `Does what a tool number ${index} does, and says so in a sentence of the usual length.`,
    inputSchema: { type: 'object', properties: { path: { type: 'string', description: 'Where to look.' }, depth: { type: 'integer', minimum: 0, default: 1 }, tags: { type: 'array', items: { type: 'string' } } }, required: ['path'] },
  })

/**
 * Forty tools, and moods: with `--folder` it writes its `pid` there, ends when the file `crash` is there, and fills its error output
 * (16 MB a second) while the file `flood` is.
 */
serve({
  name: 'moody',
  eras: hasFlag('modern') ? 'both' : 'legacy',
  tools: () => [tool('echo', ({ argumentsText }) => textResult(argumentsText)), ...Array.from({ length: 39 }, (_, index) => filler(index + 1))],
})
