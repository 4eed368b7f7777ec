import type { ServerCatalog } from './catalog.ts'

/** One server's instructions as they are; those of several under a heading per server. Servers without any are left out. */
export function mergeInstructions(servers: readonly ServerCatalog[], isSingle: boolean): string | undefined {
  const texts = servers.flatMap(({ server, facts }) => (facts.instructions ? [{ server, text: facts.instructions }] : []))
  if (isSingle) return texts[0]?.text
  return texts.length === 0 ? undefined : texts.map(({ server, text }) => `# ${server}\n\n${text}`).join('\n\n')
}
