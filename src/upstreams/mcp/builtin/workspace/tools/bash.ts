import { realpath } from 'node:fs/promises'
import { z } from 'zod'
import { RpcError } from '../../../../../domain/json-rpc.ts'
import { isJsonObject } from '../../../../../lib/json.ts'
import type { BuiltinContext } from '../../builtin-server.ts'
import { defineTool } from '../define-tool.ts'
import { isInside } from '../files/named-path.ts'
import type { ProcessEnd } from '../shell/run-process.ts'
import { ToolFailureError } from '../tool-failure.ts'
import type { ToolCall, Workspace } from '../workspace.ts'

const NOT_CONFIGURED = 'Commands are not configured for this workspace: set `workspace.bash`.'
const SIGN_OF_LIFE_MS = 10_000

function describe({ shell }: Workspace): string {
  if (!shell) return `Runs a command. ${NOT_CONFIGURED}`
  const { bash, warning } = shell
  const sandbox = warning ?? `Commands run in a sandbox: the system is read-only, home and /tmp are empty, and there is ${bash.network ? 'a' : 'no'} network.`
  const rules = bash.allow ? ` Allowed: ${bash.allow.map((rule) => `\`${rule}\``).join(', ')}.` : ''
  return `${sandbox} Runs a command in bash and returns its output. The working directory is kept between calls, variables are not. At most ${bash.timeoutMs} ms and ${bash.outputBytes} bytes of output; nothing goes on in the background.${rules}`
}

async function approve(script: string, context: BuiltinContext): Promise<boolean> {
  const requestedSchema = { type: 'object', properties: {} }
  try {
    const answer = await context.ask('elicitation/create', { message: `Run this command in the workspace?\n\n${script}`, requestedSchema })
    return isJsonObject(answer) && answer['action'] === 'accept'
  } catch (error) {
    if (error instanceof RpcError) throw new ToolFailureError('Refused: this command needs the word of a person, and this client cannot ask one.', { cause: error })
    throw error
  }
}

/** Where the next command starts; back at the start when a command went elsewhere. */
async function moveTo(report: string, { session, workspace }: ToolCall): Promise<string> {
  const reported = report.replace(/\n$/, '')
  if (reported === '' || reported === session.directory) return ''
  const real = await realpath(reported).catch(() => undefined)
  if (real !== undefined && real === reported && workspace.roots.some((root) => isInside(root, real))) {
    session.directory = real
    return ''
  }
  session.directory = workspace.roots[0]
  return `Shell cwd was reset to ${workspace.roots[0]}`
}

function failureOf({ exitCode, killedBy, isTimedOut }: ProcessEnd, timeoutMs: number): string | undefined {
  if (isTimedOut) return `Command timed out after ${timeoutMs} ms and was ended.`
  if (killedBy !== undefined) return `Command was ended by ${killedBy}.`
  return exitCode === 0 ? undefined : `Exit code ${exitCode ?? 'unknown'}`
}

async function startDirectory(call: ToolCall): Promise<string> {
  const { session, workspace } = call
  const real = await realpath(session.directory).catch(() => undefined)
  if (real !== session.directory) session.directory = workspace.roots[0]
  return session.directory
}

export const bash = defineTool(
  {
    name: 'Bash',
    title: 'Run a command',
    description: describe,
    input: {
      command: z.string().min(1).max(100_000).describe('The command.'),
      timeout: z.number().min(1).optional().describe('Milliseconds that it may take, at most what is configured.'),
      description: z.string().optional().describe('What it does, in a few words.'),
      run_in_background: z.boolean().optional().describe('Not served: a command ends with its call.'),
    },
    annotations: { readOnlyHint: false, destructiveHint: true, idempotentHint: false, openWorldHint: true },
  },
  async ({ command, timeout, run_in_background = false }, call) => {
    const { shell } = call.workspace
    if (!shell) throw new ToolFailureError(NOT_CONFIGURED)
    if (run_in_background) throw new ToolFailureError('`run_in_background` is not served: a command ends with its call.')
    if (command.includes('\0')) throw new ToolFailureError('Refused: the command holds a NUL byte.')
    const timeoutMs = Math.min(timeout ?? shell.bash.timeoutMs, shell.bash.timeoutMs)
    const start = Date.now()
    const pulse = setInterval(() => call.context.progress(Date.now() - start, timeoutMs, 'the command is running'), SIGN_OF_LIFE_MS)
    try {
      const { signal } = call.context
      const end = await shell.run({ script: command, directory: await startDirectory(call), timeoutMs, signal, approve: (script) => approve(script, call.context) })
      const moved = await moveTo(end.report, call)
      const failure = failureOf(end, timeoutMs)
      const text = [failure, end.stdout.trimEnd(), end.stderr.trimEnd(), moved].filter((part) => part !== undefined && part !== '').join('\n')
      if (failure !== undefined) throw new ToolFailureError(text)
      return text === '' ? '(no output)' : text
    } finally {
      clearInterval(pulse)
    }
  },
)
