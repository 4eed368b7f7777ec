import type { McpEra } from '../../../src/domain/mcp-server.ts'

/** What a cell comes to that cannot carry a requirement: an error that its client is told, or silence where no answer is possible. */
export interface Exception {
  /** Every client or server without it. */
  readonly client?: McpEra
  readonly server?: McpEra
  readonly comesTo: { readonly code: number; readonly message: RegExp } | 'silence'
  readonly why: string
}

/** One thing that a client can want of a server through the gateway. */
export interface Requirement {
  readonly id: string
  readonly capability: string
  /** Where each era speaks of it; `none` where it does not. */
  readonly section: Readonly<Record<McpEra, string>>
  /** What a client of the era sends, or receives. */
  readonly method: Readonly<Record<McpEra, string>>
  readonly exceptions?: readonly Exception[]
}

const same = (text: string): Readonly<Record<McpEra, string>> => ({ legacy: text, modern: text })

const row = (id: string, capability: string, section: string, method: string | Readonly<Record<McpEra, string>>, exceptions?: readonly Exception[]): Requirement => ({
  id,
  capability,
  section: same(section),
  method: typeof method === 'string' ? same(method) : method,
  ...(exceptions ? { exceptions } : {}),
})

const asked = (method: string): Readonly<Record<McpEra, string>> => ({ legacy: method, modern: `input_required: ${method}` })

/** Sections are those of the revisions 2025-11-25 (legacy) and 2026-07-28 (modern); they have the same names where no other is given. */
export const MANIFEST: readonly Requirement[] = [
  row('tools.list', 'tools', 'server/tools#listing-tools', 'tools/list'),
  row('tools.pagination', 'tools', 'server/utilities/pagination', 'tools/list'),
  row('tools.pagination.unknown-cursor', 'tools', 'server/utilities/pagination#error-handling', 'tools/list', [
    { comesTo: { code: -32602, message: /Unknown cursor: this gateway lists everything in one page/ }, why: 'The gateway reads all pages of a server and never gives out a cursor.' },
  ]),
  row('tools.call', 'tools', 'server/tools#calling-tools', 'tools/call'),
  row('tools.structured', 'tools', 'server/tools#structured-content', 'tools/call'),
  row('tools.structured-array', 'tools', 'server/tools#structured-content', 'tools/call', [
    { server: 'legacy', comesTo: { code: -32602, message: /Unknown tool: test_array_output/ }, why: 'A legacy server cannot have structured content that is no object, so it lists no such tool.' },
  ]),
  row('tools.error', 'tools', 'server/tools#error-handling', 'tools/call'),
  row('tools.unknown', 'tools', 'server/tools#error-handling', 'tools/call', [
    { comesTo: { code: -32602, message: /Unknown tool: no_such_tool/ }, why: 'Both eras want a protocol error.' },
  ]),
  row('tools.list-changed', 'tools', 'server/tools#list-changed-notification', { legacy: 'notifications/tools/list_changed', modern: 'subscriptions/listen' }),
  row('tools.icons', 'tools', 'basic#icons', 'tools/list'),
  row('tools.annotations', 'tools', 'server/tools#tool', 'tools/list'),
  row('resources.list', 'resources', 'server/resources#listing-resources', 'resources/list'),
  row('resources.templates', 'resources', 'server/resources#resource-templates', 'resources/templates/list'),
  row('resources.read', 'resources', 'server/resources#reading-resources', 'resources/read'),
  row('resources.read-binary', 'resources', 'server/resources#binary-content', 'resources/read'),
  row('resources.read-template', 'resources', 'server/resources#resource-templates', 'resources/read'),
  row('resources.not-found', 'resources', 'server/resources#error-handling', 'resources/read', [
    { client: 'legacy', server: 'legacy', comesTo: { code: -32002, message: /Resource not found/ }, why: 'The code of 2025-11-25.' },
    { client: 'legacy', server: 'modern', comesTo: { code: -32602, message: /Resource not found/ }, why: 'The server’s own code, which clients of 2025-11-25 take too.' },
    { client: 'modern', comesTo: { code: -32602, message: /Resource not found/ }, why: 'The code of 2026-07-28.' },
  ]),
  row('resources.updated', 'resources', 'server/resources#subscriptions', { legacy: 'resources/subscribe', modern: 'subscriptions/listen' }),
  row('prompts.list', 'prompts', 'server/prompts#listing-prompts', 'prompts/list'),
  row('prompts.get', 'prompts', 'server/prompts#getting-a-prompt', 'prompts/get'),
  row('prompts.list-changed', 'prompts', 'server/prompts#list-changed-notification', { legacy: 'notifications/prompts/list_changed', modern: 'subscriptions/listen' }),
  row('prompts.input', 'prompts', 'client/elicitation', asked('elicitation/create')),
  row('completion', 'completions', 'server/utilities/completion', 'completion/complete'),
  row('logging', 'logging', 'server/utilities/logging', { legacy: 'logging/setLevel', modern: '_meta io.modelcontextprotocol/logLevel' }),
  row('logging.below-level', 'logging', 'server/utilities/logging#log-levels', { legacy: 'logging/setLevel', modern: '_meta io.modelcontextprotocol/logLevel' }),
  row('progress', 'utilities', 'basic/utilities/progress', 'notifications/progress'),
  row('cancellation', 'utilities', 'basic/utilities/cancellation', { legacy: 'notifications/cancelled', modern: 'the client closes its stream' }),
  row('ping', 'utilities', 'basic/utilities/ping', 'ping', [
    { client: 'modern', comesTo: { code: -32601, message: /Method not found: ping/ }, why: 'Revision 2026-07-28 has no `ping`.' },
  ]),
  row('roots', 'roots', 'client/roots', asked('roots/list')),
  row('sampling', 'sampling', 'client/sampling', asked('sampling/createMessage')),
  row('elicitation.form', 'elicitation', 'client/elicitation#form-mode', asked('elicitation/create')),
  row('elicitation.url', 'elicitation', 'client/elicitation#url-mode', asked('elicitation/create')),
  row('elicitation.undeclared', 'elicitation', 'client/elicitation#capabilities', asked('elicitation/create')),
  row('tasks.lifecycle', 'tasks', 'basic/utilities/tasks; SEP-2663', { legacy: 'tasks/get, tasks/result', modern: 'tasks/get' }),
  row('tasks.input', 'tasks', 'basic/utilities/tasks#input-required-status; SEP-2663', { legacy: 'tasks/result', modern: 'tasks/update' }),
  row('tasks.cancel', 'tasks', 'basic/utilities/tasks#task-cancellation; SEP-2663', 'tasks/cancel'),
  row('tasks.tool-error', 'tasks', 'basic/utilities/tasks; SEP-2663', { legacy: 'tasks/result', modern: 'tasks/get' }),
  row('tasks.failed', 'tasks', 'basic/utilities/tasks; SEP-2663', { legacy: 'tasks/result', modern: 'tasks/get' }),
  row('tasks.list', 'tasks', 'basic/utilities/tasks#listing-tasks', 'tasks/list', [
    { client: 'modern', comesTo: { code: -32601, message: /Method not found: tasks\/list/ }, why: 'The extension of 2026-07-28 has no list.' },
  ]),
  row('tasks.status', 'tasks', 'basic/utilities/tasks#task-status-notification; SEP-2663', { legacy: 'notifications/tasks/status', modern: 'notifications/tasks' }, [
    { client: 'legacy', server: 'modern', comesTo: 'silence', why: 'Revision 2025-11-25 makes the notice optional, and a modern server tells only those who listen; the client asks by `tasks/get`.' },
  ]),
  row('tasks.stranger', 'tasks', 'basic/utilities/tasks#security; SEP-2663', 'tasks/get', [
    { comesTo: { code: -32602, message: /Task not found/ }, why: 'A task belongs to the session or principal that made it.' },
  ]),
  row('tasks.without', 'tasks', 'basic/utilities/tasks; SEP-2663', 'tools/call', [
    { client: 'legacy', server: 'legacy', comesTo: { code: -32601, message: /failing_job runs only as a task/ }, why: 'A client of 2025-11-25 must ask for the task that a tool requires.' },
    { client: 'modern', server: 'modern', comesTo: { code: -32021, message: /io\.modelcontextprotocol\/tasks/ }, why: 'The server needs a client that understands tasks.' },
  ]),
  row('apps', 'apps', 'extension io.modelcontextprotocol/ui', { legacy: 'tools/list, resources/read', modern: 'tools/list, resources/read' }),
  row('meta.unknown', 'utilities', 'basic#meta', 'tools/call'),
  row('method.unknown', 'utilities', 'basic', 'example/echo'),
  row('method.unknown-aggregate', 'utilities', 'basic', 'example/echo', [
    { comesTo: { code: -32601, message: /Method not found: example\/echo/ }, why: 'Behind `/mcp` nobody can tell which server is meant.' },
  ]),
  row('notification.unknown', 'utilities', 'basic#notifications', 'notifications/example'),
]
