import { fitId } from './fit-id.ts'

const MAX_NAME = 64

/** A tool's name for a dialect without groups: `group__name`, shortened where it has to be. */
export function wireName({ name, namespace }: { readonly name: string; readonly namespace?: string }, maxLength: number = MAX_NAME): string {
  return fitId(namespace === undefined ? name : `${namespace}__${name}`, maxLength)
}
