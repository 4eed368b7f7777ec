import { readFileSync } from 'node:fs'
import { readMember, type JsonText } from '../../src/lib/json-text.ts'

/** One line of the corpus. All but the name is the text as the file has it, because the tests compare bytes. */
export interface SchemaCase {
  readonly name: string
  readonly schema: JsonText
  /** Fits the schema. */
  readonly arguments: JsonText
  /** Does not fit the schema; absent where nothing that is an object would be refused. */
  readonly refused: JsonText | undefined
}

/** Each line is `{"name":"ref-defs","schema":{…},"arguments":{…},"refused":{…}}`. */
export function readSchemaCorpus(): readonly SchemaCase[] {
  const lines = readFileSync(new URL('./schema-corpus.jsonl', import.meta.url), 'utf8').split('\n')
  return lines.filter((line) => line !== '').map((line) => {
    const text = line as JsonText
    const { name } = JSON.parse(text) as { name: string }
    const [schema, given] = [readMember(text, 'schema'), readMember(text, 'arguments')]
    if (schema === undefined || given === undefined) throw new Error(`Expected \`${name}\` to have a schema and arguments.`)
    return { name, schema, arguments: given, refused: readMember(text, 'refused') }
  })
}
