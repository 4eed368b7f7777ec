import { checkConfig } from '../doctor/check-config.ts'
import type { CheckResult } from '../doctor/check-result.ts'
import { checkDataDirectory } from '../doctor/check-data-directory.ts'
import { checkNode } from '../doctor/check-node.ts'
import { checkPort } from '../doctor/check-port.ts'
import { checkProviders } from '../doctor/check-providers.ts'
import { checkServers } from '../doctor/check-servers.ts'
import { CliError, EXIT } from '../cli-error.ts'
import type { CommandContext, CommonFlags } from '../context.ts'

const GLYPHS = { ok: '✓', warning: '!', problem: '✗' } as const

/** `trunkline doctor` — looks at everything that can be looked at without starting the gateway, and changes nothing. */
export async function runDoctor(context: CommandContext, flags: CommonFlags): Promise<void> {
  const { terminal } = context
  const config = checkConfig(context, flags)
  const results: CheckResult[] = [checkNode(), ...config.results]
  if (config.loaded) {
    const { config: settings } = config.loaded
    results.push(await checkPort(settings.server, context.signal), ...checkDataDirectory(settings.dataDirectory))
    results.push(...checkServers(settings.mcpServers, context.environment), ...checkProviders(settings.providers))
  }
  if (terminal.json) terminal.printJson({ items: results, next: null })
  else {
    for (const { id, status, evidence, fix } of results) {
      terminal.print(`${GLYPHS[status]} ${status.padEnd(7)} ${id}: ${evidence}`)
      if (fix !== undefined) terminal.print(`            fix: ${fix}`)
    }
  }
  const problems = results.filter(({ status }) => status === 'problem').length
  if (problems > 0) throw new CliError(EXIT.doctorFoundProblems, 'doctor_found_problems', `${problems} of ${results.length} checks found a problem.`)
}
