/** What every child may see. Nothing here is a secret, and no program runs well without. */
const ALWAYS = ['PATH', 'HOME', 'LANG', 'LC_ALL', 'TERM', 'TMPDIR', 'SHELL', 'USER', 'LOGNAME', 'TZ'] as const

/** What a Windows program needs to start at all. */
const ALWAYS_ON_WINDOWS = [
  'APPDATA', 'COMSPEC', 'HOMEDRIVE', 'HOMEPATH', 'LOCALAPPDATA', 'PATHEXT', 'PROCESSOR_ARCHITECTURE', 'PROGRAMDATA',
  'PROGRAMFILES', 'SYSTEMDRIVE', 'SYSTEMROOT', 'TEMP', 'TMP', 'USERNAME', 'USERPROFILE', 'WINDIR',
] as const

/** Marks every process that descends from a child of ours, so that it is found wherever it moved to. */
export const OWNER_VARIABLE = 'TRUNKLINE_OWNER'

/**
 * The environment of a child: an allow-list, what the definition names, and what it sets. The gateway's own variables, which
 * hold the keys of all providers, are not inherited.
 */
export function childEnvironment(
  gateway: Readonly<Record<string, string | undefined>>,
  definition: { readonly env: Readonly<Record<string, string>>; readonly inheritEnv: readonly string[] },
  owner: string,
  platform: NodeJS.Platform = process.platform,
): Record<string, string> {
  const names = [...ALWAYS, ...(platform === 'win32' ? ALWAYS_ON_WINDOWS : []), ...definition.inheritEnv]
  const environment: Record<string, string> = {}
  for (const name of names) {
    const value = gateway[name]
    if (value !== undefined) environment[name] = value
  }
  return { ...environment, ...definition.env, [OWNER_VARIABLE]: owner }
}
