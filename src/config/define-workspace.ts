import { resolve } from 'node:path'
import type { WorkspaceBash, WorkspaceSettings, WorkspaceWeb } from '../domain/workspace.ts'
import type { WorkspaceEntry } from './workspace-schema.ts'

function defineBash({ timeout, memory, readable, allow, ...rest }: NonNullable<WorkspaceEntry['bash']>, directory: string): WorkspaceBash {
  return { ...rest, allow, timeoutMs: timeout, memoryBytes: memory, readable: readable.map((path) => resolve(directory, path)) }
}

function defineWeb({ timeout, search, allowDomains, ...rest }: NonNullable<WorkspaceEntry['web']>): WorkspaceWeb {
  return { ...rest, allowDomains, timeoutMs: timeout, search: search && { provider: search.provider, url: search.url, apiKey: search.apiKey } }
}

/** Folders are named from the folder of the document. */
export function defineWorkspace({ roots: [first, ...more], bash, web, task, ...rest }: WorkspaceEntry, directory: string): WorkspaceSettings {
  return {
    readOnly: rest.readOnly,
    sandbox: rest.sandbox,
    fileBytes: rest.fileBytes,
    roots: [resolve(directory, first), ...more.map((path) => resolve(directory, path))],
    bash: bash && defineBash(bash, directory),
    web: web && defineWeb(web),
    task: task && { model: task.model, maxHops: task.maxHops, timeoutMs: task.timeout },
  }
}
