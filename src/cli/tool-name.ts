import { CliError, EXIT } from './cli-error.ts'

export interface ToolName {
  readonly server: string
  readonly tool: string
}

/** `server/tool`; the tool may have slashes of its own. */
export function splitToolName(name: string): ToolName {
  const slash = name.indexOf('/')
  if (slash > 0 && slash < name.length - 1) return { server: name.slice(0, slash), tool: name.slice(slash + 1) }
  throw new CliError(EXIT.usage, 'invalid_argument', `Expected \`server/tool\`, got \`${name}\`.`)
}

/** Where a tool is below an address that ends with `{server}/{tool+}`. */
export function toolPath(base: string, { server, tool }: ToolName): string {
  return `${base}/${encodeURIComponent(server)}/${tool.split('/').map(encodeURIComponent).join('/')}`
}
