import type { CommandContext } from '../context.ts'

/** `trunkline version` */
export function printVersion({ terminal, version }: CommandContext): void {
  if (terminal.json) terminal.printJson({ version, node: process.versions.node, platform: `${process.platform}-${process.arch}` })
  else terminal.print(version)
}
