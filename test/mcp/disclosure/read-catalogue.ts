import { readFile } from 'node:fs/promises'
import type { JsonObject } from '../../../src/lib/json.ts'

/** One server of `catalogue.txt` with its tools as `tools/list` shows them. */
export interface CatalogueServer {
  readonly name: string
  readonly tags: readonly string[]
  readonly tools: readonly JsonObject[]
}

const INTEGER = /^(?:limit|count|days|hours|months|port|quantity|size|guests|servings|replicas|.*_(?:minutes|seconds|number|port|percent|level|mb|id_number))$/
const FLAG = /^(?:is_.*|all|draft|force|confirm|public|analyze|unique|full_page|reply_all|dry_run|squash|restock|async|full)$/
const LIST = /(?:s|_ids)$/

function schemaOf(parameter: string): readonly [string, JsonObject] {
  const name = parameter.replace('?', '')
  const description = `The ${name.replaceAll('_', ' ')}${parameter.endsWith('?') ? ', if any' : ''}.`
  if (INTEGER.test(name)) return [name, { type: 'integer', description }]
  if (FLAG.test(name)) return [name, { type: 'boolean', description }]
  if (LIST.test(name)) return [name, { type: 'array', items: { type: 'string' }, description }]
  return [name, { type: 'string', description }]
}

/** `create_issue owner repo labels? | Open an issue.` */
function readTool(line: string): JsonObject {
  const [head = '', description = ''] = line.split(' | ')
  const [name = '', ...parameters] = head.trim().split(/\s+/)
  return {
    name,
    description,
    inputSchema: {
      type: 'object',
      properties: Object.fromEntries(parameters.map(schemaOf)),
      required: parameters.filter((parameter) => !parameter.endsWith('?')),
      additionalProperties: false,
    },
  }
}

export async function readCatalogue(): Promise<readonly CatalogueServer[]> {
  const text = await readFile(new URL('catalogue.txt', import.meta.url), 'utf8')
  return text
    .split(/^@/m)
    .slice(1)
    .map((block) => {
      const [head = '', ...lines] = block.split('\n')
      const [name = '', tags = ''] = head.trim().split(/\s+/)
      return { name, tags: tags.split(','), tools: lines.filter((line) => line.includes(' | ')).map(readTool) }
    })
}
