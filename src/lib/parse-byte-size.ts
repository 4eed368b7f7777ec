const UNITS: Readonly<Record<string, number>> = { b: 1, kb: 1024, mb: 1024 ** 2, gb: 1024 ** 3 }

/** `16384`, `"16KB"`, `"16 MB"`, `"1GiB"` in bytes, a thousand being 1024; undefined for anything else. */
export function parseByteSize(value: number | string): number | undefined {
  const match = /^(\d+(?:\.\d+)?)\s*([kmg]?)(i?b)?$/i.exec(String(value).trim())
  if (!match) return undefined
  const bytes = Math.round(Number(match[1]) * (UNITS[`${(match[2] ?? '').toLowerCase()}b`] ?? Number.NaN))
  return Number.isSafeInteger(bytes) ? bytes : undefined
}
