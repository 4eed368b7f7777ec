type Defined<T> = { [Key in keyof T]: Exclude<T[Key], undefined> }

/** The members that have a value: what was left out is not there, rather than there as undefined. */
export function withoutUndefined<T extends object>(value: T): Partial<Defined<T>> {
  return Object.fromEntries(Object.entries(value).filter(([, inner]) => inner !== undefined)) as Partial<Defined<T>>
}
