import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { startCli, type CliFolder, type RunningCli } from '../cli/run-cli.ts'

const SERVER = fileURLToPath(new URL('contract-server.ts', import.meta.url))

/** The program and arguments of the server of the contract. */
export const CONTRACT_COMMAND: readonly [string, string] = [process.execPath, SERVER]

export function contractEntry(more: object = {}): object {
  const [command, ...args] = CONTRACT_COMMAND
  return { command, args, ...more }
}

/** `trunkline mcpo` as a process of its own on a free port, and its address. */
export async function startMcpo(folder: CliFolder, args: readonly string[], environment: Readonly<Record<string, string>> = {}): Promise<RunningCli & { readonly url: string }> {
  const [before, after] = args.includes('--') ? [args.slice(0, args.indexOf('--')), args.slice(args.indexOf('--'))] : [args, []]
  const running = startCli(['mcpo', '--port', '0', '--data', join(folder.path, 'data'), ...before, ...after], { cwd: folder.path, environment })
  const match = await running.waitFor(/MCP tools as OpenAPI on (http:\/\/\S+)\/ /)
  return Object.assign(running, { url: (match[1] ?? '').replace('0.0.0.0', '127.0.0.1') })
}
