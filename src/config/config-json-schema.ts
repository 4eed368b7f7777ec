import { z } from 'zod'
import type { JsonObject } from '../lib/json.ts'
import { documentSchema } from './document-schema.ts'

/** The document’s JSON Schema (2020-12), for editors and for `trunkline config schema`. */
export function configJsonSchema(): JsonObject {
  const schema = z.toJSONSchema(documentSchema, {
    io: 'input',
    unrepresentable: 'any',
    override: ({ jsonSchema }) => {
      if (jsonSchema.additionalProperties === false) jsonSchema.patternProperties = { '^x-': {} }
    },
  })
  return {
    ...(JSON.parse(JSON.stringify(schema)) as JsonObject),
    title: 'Trunkline configuration',
    description: 'Keys that start with `x-` are ignored wherever names are fixed.',
  }
}
