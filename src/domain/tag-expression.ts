/** Tags of a server decide whether it is selected. */
export type TagExpression =
  | { readonly tag: string }
  | { readonly not: TagExpression }
  | { readonly all: readonly TagExpression[] }
  | { readonly any: readonly TagExpression[] }

/** The form in which tags are compared: case, composition and space around them make no difference. */
export function normalTag(tag: string): string {
  return tag.normalize('NFC').trim().toLowerCase()
}
