import type { RegistryArgument } from '../registry/registry-entry.ts'
import type { InputReader } from './input-reader.ts'

const FLAG = /^-{0,2}[A-Za-z0-9][A-Za-z0-9._-]*=?$/

function named(argument: RegistryArgument, reader: InputReader): readonly string[] {
  const { name, valueHint } = argument
  if (name === null || name === undefined || !FLAG.test(name)) {
    reader.refuse('The entry has an argument without a usable name.')
    return []
  }
  const plain = name.replace(/^-+|=$/g, '')
  const values = reader.read([plain, name, ...(valueHint ? [valueHint] : [])], argument, argument.isRepeated) ?? []
  return values.flatMap((value) => (value === true ? [name.replace(/=$/, '')] : name.endsWith('=') ? [`${name}${value}`] : [name, value]))
}

function positional(argument: RegistryArgument, place: number, reader: InputReader): readonly string[] {
  const name = argument.valueHint ?? `argument${place}`
  const isFixed = argument.value !== null && argument.value !== undefined
  const values = reader.read([name], argument, argument.isRepeated) ?? []
  return values.flatMap((value) => {
    if (value === true) return []
    // What stands where a value is meant must not become another flag.
    if (!isFixed && value.startsWith('-')) reader.refuse(`\`inputs.${name}\` must not begin with \`-\`.`)
    return [value]
  })
}

/** The items of a command line, each passed on as it is: no shell reads them. */
export function planArguments(args: readonly RegistryArgument[], reader: InputReader): readonly string[] {
  let places = 0
  return args.flatMap((argument) => (argument.type === 'named' ? named(argument, reader) : positional(argument, ++places, reader)))
}
