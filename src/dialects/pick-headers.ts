type ClientHeaders = Readonly<Record<string, string | readonly string[] | undefined>>

/** Of a client's headers those with one of these names or prefixes; nothing that is there more than once. */
export function pickHeaders(headers: ClientHeaders, names: ReadonlySet<string>, prefix?: string): Readonly<Record<string, string>> {
  const picked: Record<string, string> = {}
  for (const [name, value] of Object.entries(headers)) {
    if (typeof value === 'string' && (names.has(name) || (prefix !== undefined && name.startsWith(prefix)))) picked[name] = value
  }
  return picked
}
