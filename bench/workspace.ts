import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { performance } from 'node:perf_hooks'
import type { JsonObject } from '../src/lib/json.ts'
import { silentLogger } from '../src/telemetry/index.ts'
import { openWorkspace } from '../src/upstreams/mcp/builtin/workspace/open-workspace.ts'
import { fixed, median, table } from './table.ts'

const OPERATIONS = 2_000
const WARM_UP = 200
/** 40 lines of a source file. */
const TEXT = Array.from({ length: 40 }, (_, line) => `export const value${line} = compute(${line}, 'some words that make a line')\n`).join('')

interface Work {
  readonly name: string
  given(index: number): JsonObject
}

const percentile = (values: readonly number[], part: number): number => values.toSorted((a, b) => a - b)[Math.floor(values.length * part)] ?? Number.NaN

/** Calls a workspace in this process, one call after the other, by the messages that its clients send. A call that fails ends it. */
async function openCaller(root: string): Promise<{ call(name: string, given: JsonObject): Promise<void> } & AsyncDisposable> {
  const create = await openWorkspace(
    { roots: [root], readOnly: false, bash: undefined, sandbox: 'none', web: undefined, task: undefined, fileBytes: 1024 * 1024 },
    { logger: silentLogger, environment: {} },
  )
  let answered: ((text: string) => void) | undefined
  const server = create((text) => answered?.(text))
  let lastId = 0
  return {
    async call(name, given) {
      const answer = Promise.withResolvers<string>()
      answered = answer.resolve
      server.receive(JSON.stringify({ jsonrpc: '2.0', id: ++lastId, method: 'tools/call', params: { name, arguments: given } }))
      const text = await answer.promise
      const { result } = JSON.parse(text) as { readonly result?: { readonly isError?: boolean } }
      if (!result || result.isError) throw new Error(`${name} failed: ${text.slice(0, 500)}`)
    },
    async [Symbol.asyncDispose]() {
      server[Symbol.dispose]()
      await server.closed()
    },
  }
}

/** How long the tools take that an agent uses most, in process: no transport, no model, one call at a time. */
export async function measureWorkspace(directory: string): Promise<string> {
  const root = join(directory, 'workspace')
  mkdirSync(join(root, 'src'), { recursive: true })
  const file = join(root, 'src', 'some-file.ts')
  writeFileSync(file, TEXT)
  await using caller = await openCaller(root)
  const works: readonly Work[] = [
    { name: 'Read', given: () => ({ file_path: file }) },
    { name: 'Write', given: (index) => ({ file_path: file, content: `// change 0\n${TEXT}// ${index}\n` }) },
    { name: 'Edit', given: (index) => ({ file_path: file, old_string: `// change ${index}\n`, new_string: `// change ${index + 1}\n` }) },
    { name: 'TodoWrite', given: (index) => ({ todos: [{ content: `Task ${index}`, status: 'in_progress', activeForm: 'Working' }, { content: 'Another', status: 'pending' }] }) },
  ]
  const rows: string[][] = []
  for (const { name, given } of works) {
    const times: number[] = []
    for (let index = 0; index < WARM_UP + OPERATIONS; index++) {
      const start = performance.now()
      await caller.call(name, given(index))
      if (index >= WARM_UP) times.push(performance.now() - start)
    }
    rows.push([name, String(OPERATIONS), fixed(median(times), 3), fixed(percentile(times, 0.99), 3)])
  }
  return table(['workspace', 'calls', 'p50 ms', 'p99 ms'], rows)
}
