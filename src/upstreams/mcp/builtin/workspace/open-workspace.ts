import { realpath, stat } from 'node:fs/promises'
import { RPC, RpcError } from '../../../../domain/json-rpc.ts'
import type { WorkspaceSettings } from '../../../../domain/workspace.ts'
import { isJsonObject, type JsonObject } from '../../../../lib/json.ts'
import { createGuardedFetch, type ResolveName } from '../../../../lib/guarded-fetch.ts'
import { createRecentlyUsed } from '../../../../lib/recently-used.ts'
import type { Logger } from '../../../../telemetry/index.ts'
import { ConnectError } from '../../connection.ts'
import { createBuiltinServer } from '../builtin-server.ts'
import type { CreateServer } from '../connect-in-process.ts'
import type { WorkspaceTool } from './define-tool.ts'
import type { Roots } from './files/open-folder.ts'
import { createSession } from './session.ts'
import { createShell } from './shell/shell.ts'
import { bash } from './tools/bash.ts'
import { edit } from './tools/edit.ts'
import { ls } from './tools/ls.ts'
import { multiEdit } from './tools/multi-edit.ts'
import { notebookEdit, notebookRead } from './tools/notebook-tools.ts'
import { read } from './tools/read.ts'
import { glob, grep } from './tools/search-tools.ts'
import { task } from './tools/task.ts'
import { todoRead, todoWrite } from './tools/todo.ts'
import { webFetch, webSearch } from './tools/web-tools.ts'
import { write } from './tools/write.ts'
import type { RunTask, Workspace } from './workspace.ts'

export interface WorkspaceDeps {
  readonly logger: Logger
  readonly environment: Readonly<Record<string, string | undefined>>
  /** Without it the tool Task says that it is not configured. */
  readonly runTask?: RunTask | undefined
  /** The system’s resolver without it. */
  readonly resolveName?: ResolveName
}

const TOOLS: readonly WorkspaceTool[] = [task, bash, glob, grep, ls, read, edit, multiEdit, write, notebookRead, notebookEdit, webFetch, todoRead, todoWrite, webSearch]
const MOST_SESSIONS = 200
/** A client that shares the server with others may say which of its sessions a call is of. It parts notes, not rights. */
const SESSION_KEY = 'trunkline/session'

async function openRoots(paths: Roots): Promise<Roots> {
  const open = async (path: string): Promise<string> => {
    const problem = (why: string, cause?: unknown): ConnectError => new ConnectError({ kind: 'fatal', reason: `the root ${path} ${why}` }, { cause })
    const real = await realpath(path).catch((error: unknown) => {
      throw problem('does not exist', error)
    })
    if (!(await stat(real)).isDirectory()) throw problem('is not a folder')
    return real
  }
  const [first, ...more] = paths
  return [await open(first), ...(await Promise.all(more.map(open)))]
}

function createQueue(): Workspace['exclusively'] {
  let last: Promise<unknown> = Promise.resolve()
  return (work) => {
    const mine = last.then(work)
    last = mine.catch(() => undefined)
    return mine
  }
}

function serve(workspace: Workspace): CreateServer {
  const sessions = createRecentlyUsed<ReturnType<typeof createSession>>(MOST_SESSIONS)
  const { roots, shell, web } = workspace
  const sessionOf = (params: JsonObject): ReturnType<typeof createSession> => {
    const named = isJsonObject(params['_meta']) ? params['_meta'][SESSION_KEY] : undefined
    return sessions.get(typeof named === 'string' ? `named:${named.slice(0, 200)}` : 'shared', () => createSession(roots[0]))
  }
  const instructions = [`Tools for work on files in ${roots.join(', ')}. Paths are absolute. Read a file before you edit it.`, ...(shell?.warning === undefined ? [] : [shell.warning])].join('\n')
  return (send) =>
    createBuiltinServer(
      {
        name: 'trunkline-workspace',
        title: 'Workspace',
        version: '1.0.0',
        instructions,
        capabilities: { tools: {} },
        methods: {
          'tools/list': () => ({ tools: TOOLS.map((tool) => tool.list(workspace)) }),
          'tools/call': (params, context) => {
            const tool = TOOLS.find(({ name }) => name === params['name'])
            if (!tool) throw new RpcError(RPC.invalidParams, `There is no tool ${JSON.stringify(params['name'])}.`)
            return tool.run(isJsonObject(params['arguments']) ? params['arguments'] : {}, { workspace, session: sessionOf(params), context })
          },
        },
        async close() {
          await shell?.[Symbol.asyncDispose]()
          await web?.[Symbol.asyncDispose]()
        },
      },
      send,
    )
}

/** Makes the workspace server. Throws `ConnectError` when a root is not there. */
export async function openWorkspace(settings: WorkspaceSettings, deps: WorkspaceDeps): Promise<CreateServer> {
  const roots = await openRoots(settings.roots)
  const shell = settings.bash && (await createShell({ settings, bash: settings.bash, roots, environment: deps.environment, logger: deps.logger }))
  const web = settings.web && createGuardedFetch({ ...settings.web, setting: 'web', userAgent: 'Trunkline workspace', resolveName: deps.resolveName })
  return serve({ settings, roots, shell, web, runTask: deps.runTask, exclusively: createQueue() })
}
