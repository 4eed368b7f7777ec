import type { WireHeaders } from '../exchange/index.ts'

/** Who answered, as the exchange says it in the headers of an answer: `provider/model`, escaped. */
export function readTarget(headers: WireHeaders): { readonly provider: string; readonly model: string } {
  const name = decodeURI(String(headers['x-trunkline-target'] ?? ''))
  const slash = name.indexOf('/')
  return { provider: name.slice(0, Math.max(slash, 0)), model: name.slice(slash + 1) }
}
