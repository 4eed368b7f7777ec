const MOST = 64

/** The words of the configuration: letters, digits, `.`, `_` and `-`, with a letter or digit first. */
function clean(text: string): string {
  return text.replaceAll(/[^A-Za-z0-9._-]+/g, '-').replace(/^[^A-Za-z0-9]+/, '').slice(0, MOST)
}

/** The last part of a registry’s name; with the publisher’s before it, or a number behind it, when that is taken. */
export function chooseName(registryName: string, taken: ReadonlySet<string>): string {
  const [publisher = '', name = ''] = registryName.split('/')
  const short = clean(name) || 'server'
  const long = clean(`${publisher.split('.').at(-1) ?? ''}-${short}`)
  for (const candidate of [short, long]) if (!taken.has(candidate)) return candidate
  for (let number = 2; ; number++) {
    const candidate = `${long.slice(0, MOST - 8)}-${number}`
    if (!taken.has(candidate)) return candidate
  }
}
