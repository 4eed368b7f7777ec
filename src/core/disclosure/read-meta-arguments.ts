import { isJsonObject, type JsonObject } from '../../lib/json.ts'
import { parseJsonText, type JsonText } from '../../lib/json-text.ts'

/** Arguments of a tool of the gateway's own that are not what it takes. The model that wrote them reads the message. */
export class BadArguments extends Error {}

/** The arguments of a tool of the gateway's own, each read with its limits. Throws `BadArguments`. */
export interface MetaArguments {
  text(name: string): string | undefined
  count(name: string, otherwise: number, most: number): number
  /** One name or a list of them. */
  names(name: string, most: number): readonly string[]
}

export function readMetaArguments(json: JsonText | undefined, known: readonly string[]): MetaArguments {
  const value = json === undefined ? {} : parseJsonText(json)
  if (!isJsonObject(value)) throw new BadArguments('Expected `arguments` to be an object.')
  const unknown = Object.keys(value).find((key) => !known.includes(key))
  if (unknown !== undefined) throw new BadArguments(`There is no parameter \`${unknown}\`. Expected ${known.map((name) => `\`${name}\``).join(', ')}.`)
  return argumentsOf(value)
}

function argumentsOf(value: JsonObject): MetaArguments {
  return {
    text(name) {
      const given = value[name] ?? undefined
      if (given === undefined || typeof given === 'string') return given
      throw new BadArguments(`Expected \`${name}\` to be a string.`)
    },
    count(name, otherwise, most) {
      const given = value[name] ?? otherwise
      if (typeof given === 'number' && Number.isInteger(given) && given >= 1) return Math.min(given, most)
      throw new BadArguments(`Expected \`${name}\` to be a whole number from 1 to ${most}.`)
    },
    names(name, most) {
      const given = value[name]
      const list: readonly unknown[] = typeof given === 'string' ? [given] : Array.isArray(given) ? given : []
      if (list.length > 0 && list.length <= most && list.every((item) => typeof item === 'string')) return list
      throw new BadArguments(`Expected \`${name}\` to be a list of 1 to ${most} names of tools.`)
    },
  }
}
