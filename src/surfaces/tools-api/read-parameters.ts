import { SELECTORS } from '../../core/catalog/index.ts'
import { GatewayError } from '../../domain/errors.ts'
import { nearestWord } from '../../lib/nearest-word.ts'

/** Parameters of an address that a route reads itself. */
export interface Parameters {
  /** Undefined when it is not there. A parameter that is given twice was refused. */
  one(name: string): string | undefined
  all(name: string): readonly string[]
}

/** Throws `invalid_request` for a parameter that is neither a selector nor one of the route's own. */
export function readParameters(query: URLSearchParams, own: readonly string[]): Parameters {
  const known: readonly string[] = [...own, ...SELECTORS]
  for (const name of query.keys()) {
    if (known.includes(name)) continue
    const near = nearestWord(name, known)
    throw new GatewayError('invalid_request', `There is no parameter \`${name}\` here. ${near === undefined ? `There are: ${known.join(', ')}.` : `Did you mean \`${near}\`?`}`)
  }
  return {
    one(name) {
      const [value, second] = query.getAll(name)
      if (second !== undefined) throw new GatewayError('invalid_request', `Expected \`${name}\` once.`)
      return value
    },
    all: (name) => query.getAll(name),
  }
}

/** A whole number in its range, or what stands for none. */
export function readCount(parameters: Parameters, name: string, otherwise: number, most: number): number {
  const text = parameters.one(name)
  if (text === undefined) return otherwise
  const value = /^\d{1,9}$/.test(text) ? Number(text) : 0
  if (value >= 1 && value <= most) return value
  throw new GatewayError('invalid_request', `Expected \`${name}\` to be 1–${most}, got \`${text}\`.`)
}

export function readSwitch(parameters: Parameters, name: string): boolean {
  const text = parameters.one(name)
  if (text === undefined || text === 'false') return false
  if (text === 'true' || text === '') return true
  throw new GatewayError('invalid_request', `Expected \`${name}\` to be \`true\` or \`false\`, got \`${text}\`.`)
}
