import { Buffer } from 'node:buffer'
import { createHash } from 'node:crypto'
import { normalTag } from '../../domain/tag-expression.ts'
import { toJsonText, type JsonText } from '../../lib/json-text.ts'
import type { CatalogEntry, CatalogView } from '../catalog/index.ts'
import { BadArguments, readMetaArguments, type MetaArguments } from './read-meta-arguments.ts'
import { readToolFields } from './read-tool-fields.ts'
import { shortDescription } from './short-description.ts'

const PARAMETERS = ['server', 'tag', 'text', 'limit', 'cursor']
const LIMIT = { otherwise: 100, most: 500 }
const MAX_CURSOR = 1_000

interface Wanted {
  readonly server: string | undefined
  readonly tag: string | undefined
  readonly words: readonly string[]
}

/** Where the next page begins: after a tool, and at a number should that tool be gone by then. */
interface Place {
  readonly wanted: string
  readonly after: string
  readonly offset: number
}

const digest = (wanted: Wanted): string => createHash('sha256').update(JSON.stringify([wanted.server, wanted.tag, wanted.words])).digest('base64url').slice(0, 8)

const writeCursor = ({ wanted, after, offset }: Place): string => Buffer.from(JSON.stringify([wanted, after, offset])).toString('base64url')

function parseCursor(cursor: string): unknown {
  try {
    return JSON.parse(Buffer.from(cursor.slice(0, MAX_CURSOR), 'base64url').toString('utf8'))
  } catch (error) {
    if (error instanceof SyntaxError) return undefined
    throw error
  }
}

function readCursor(cursor: string, wanted: Wanted): Place {
  const value = parseCursor(cursor)
  const [of, after, offset] = Array.isArray(value) ? (value as readonly unknown[]) : []
  if (of !== digest(wanted) || typeof after !== 'string' || typeof offset !== 'number' || !Number.isInteger(offset)) {
    throw new BadArguments('The `cursor` is not `next` of a page of this very list. Ask again without it.')
  }
  return { wanted: of, after, offset }
}

function checkServer({ servers, missing }: CatalogView, server: string | undefined): void {
  if (server === undefined || servers.some((known) => known.server === server)) return
  const down = missing.find((known) => known.server === server)
  if (down) throw new BadArguments(`Server \`${server}\` is not ready (${down.state}): ${down.reason}`)
  throw new BadArguments(`There is no server \`${server.slice(0, 64)}\`. There are: ${servers.map((known) => known.server).join(', ') || 'none'}.`)
}

function matches({ server, tag, words }: Wanted, entry: CatalogEntry): boolean {
  if (server !== undefined && entry.route.server !== server) return false
  if (tag !== undefined && !entry.tags.has(tag)) return false
  if (words.length === 0) return true
  const { title, description } = readToolFields(entry.definition)
  const text = `${entry.exposedName} ${title} ${description}`.toLowerCase()
  return words.every((word) => text.includes(word))
}

function readWanted(given: MetaArguments): Wanted {
  const tag = given.text('tag')
  const words = (given.text('text') ?? '').toLowerCase().split(/\s+/).filter((word) => word !== '')
  return { server: given.text('server'), tag: tag === undefined ? undefined : normalTag(tag), words }
}

/** The answer of `tool_list`. Throws `BadArguments`. */
export function answerList(view: CatalogView, json: JsonText | undefined): string {
  const given = readMetaArguments(json, PARAMETERS)
  const wanted = readWanted(given)
  checkServer(view, wanted.server)
  const limit = given.count('limit', LIMIT.otherwise, LIMIT.most)
  const cursor = given.text('cursor')
  const all = view.list('tool').filter((entry) => matches(wanted, entry))
  const start = cursor === undefined ? 0 : startOf(all, readCursor(cursor, wanted))
  const page = all.slice(start, start + limit)
  const end = start + page.length
  const last = page.at(-1)
  const next = last && end < all.length ? { next: writeCursor({ wanted: digest(wanted), after: last.exposedName, offset: end }) } : {}
  const missing = view.missing.map(({ server, state, reason }) => ({ server, state, reason }))
  return toJsonText({
    tools: page.map(({ exposedName, definition }) => ({ name: exposedName, description: shortDescription(definition) })),
    total: all.length,
    ...next,
    ...(missing.length > 0 ? { missing } : {}),
  })
}

function startOf(all: readonly CatalogEntry[], { after, offset }: Place): number {
  const index = all.findIndex(({ exposedName }) => exposedName === after)
  return index < 0 ? Math.max(offset, 0) : index + 1
}
