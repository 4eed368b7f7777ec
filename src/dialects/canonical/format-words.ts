import type { LossList } from './loss-list.ts'
import type { AnswerFormat } from './request.ts'

/** Where the members of a format stand: `/response_format/json_schema/name`. */
export const formatPath = ({ path, schemaPath = path }: AnswerFormat & { readonly kind: 'json-schema' }, member: string): string => `${schemaPath}/${member}`

/** What a format says besides its schema, for dialects where a schema has no name and is always held to. */
export function loseFormatWords(format: AnswerFormat, losses: LossList): void {
  if (format.kind !== 'json-schema' || !losses.isForeign) return
  if (format.name !== undefined) losses.dropped(formatPath(format, 'name'), 'the provider has no name for a schema')
  if (format.strict === false) losses.approximated(formatPath(format, 'strict'), 'the provider holds its model to every schema')
}
