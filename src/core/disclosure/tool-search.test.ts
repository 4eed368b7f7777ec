import { afterEach, describe, expect, it } from 'vitest'
import { GatewayError } from '../../domain/errors.ts'
import type { McpServerId } from '../../domain/ids.ts'
import type { JsonText } from '../../lib/json-text.ts'
import { viewCatalog, type CatalogView, type ServerCatalog, type ServerList } from '../catalog/index.ts'
import { LOCAL_PRINCIPAL } from '../identity/index.ts'
import type { ToolEmbedding } from './tool-embedding.ts'
import { createToolSearch, type ToolSearch } from './tool-search.ts'

const EMPTY: ServerList = { capabilities: [], freshUntil: 0, cacheScope: 'public' }
const NEVER = new AbortController().signal

function server(name: string, tools: Readonly<Record<string, string>>): ServerCatalog {
  const capabilities = Object.entries(tools).map(([tool, description]) => ({ kind: 'tool' as const, upstreamName: tool, definition: JSON.stringify({ name: tool, description }) as JsonText }))
  const lists = { tool: { ...EMPTY, capabilities }, resource: EMPTY, 'resource-template': EMPTY, prompt: EMPTY }
  return { server: name as McpServerId, tags: new Set(), facts: { era: 'legacy', overHttp: false, capabilities: {}, serverInfo: undefined, instructions: undefined }, lists, stale: false }
}

function viewOf(...servers: readonly ServerCatalog[]): CatalogView {
  return viewCatalog({ generation: 1, servers, missing: [], configured: servers, presets: new Map() }, LOCAL_PRINCIPAL, { servers: 'all', tags: undefined, naming: 'prefixed' })
}

/** Texts about animals point one way, texts about weather the other. */
const meaningOf = (text: string): Float32Array => Float32Array.from(/cat|dog|Hund/.test(text) ? [3, 0.1] : [0.1, 2])

interface Fake extends ToolEmbedding {
  readonly asked: (readonly string[])[]
}

function fake(model: string, answer: (texts: readonly string[], signal: AbortSignal) => Promise<readonly Float32Array[]> = (texts) => Promise.resolve(texts.map(meaningOf))): Fake {
  const asked: (readonly string[])[] = []
  return {
    model,
    asked,
    embed(texts, signal) {
      asked.push(texts)
      return answer(texts, signal)
    },
  }
}

interface Trouble {
  readonly model: string
  readonly reason: string
}

const opened: ToolSearch[] = []
afterEach(() => {
  for (const search of opened.splice(0)) search[Symbol.dispose]()
})

function open(embedding: () => ToolEmbedding | undefined, pauseMs = 60_000): { readonly search: ToolSearch; readonly troubles: Trouble[] } {
  const troubles: Trouble[] = []
  const search = createToolSearch({ embedding, events: { toolEmbeddingTroubled: ({ model, reason }) => void troubles.push({ model, reason }) }, questionDeadlineMs: 30, pauseMs })
  opened.push(search)
  return { search, troubles }
}

const PETS = server('pets', { feed_cat: 'Gives food to a cat.', walk_dog: 'Goes out with a dog.' })
const SKY = server('sky', { forecast: 'Says whether it rains.' })
const VIEW = viewOf(PETS, SKY)

const names = async (search: ToolSearch, question: string, view = VIEW, limit = 5): Promise<readonly string[]> => (await search.find(view, question, limit, NEVER)).map(({ entry }) => entry.exposedName)
/** Until what was asked in the background is there. */
const settled = (): Promise<void> => new Promise((resolve) => void setImmediate(resolve))

describe('createToolSearch', () => {
  it('goes by words where no model is configured', async () => {
    const { search } = open(() => undefined)
    search.prepare(VIEW.servers)
    expect(await names(search, 'forecast')).toEqual(['sky__forecast'])
    expect(await names(search, 'Hund')).toEqual([])
  })

  it('goes by words until every tool of the view is embedded, and by both from then on', async () => {
    const model = fake('m')
    const { search, troubles } = open(() => model)
    expect(await names(search, 'Hund')).toEqual([])
    await settled()
    expect(model.asked).toEqual([['pets: feed cat. Gives food to a cat.', 'pets: walk dog. Goes out with a dog.', 'sky: forecast. Says whether it rains.']])
    expect((await names(search, 'Hund')).at(-1)).toBe('sky__forecast')
    expect(await names(search, 'dog')).toEqual(['pets__walk_dog', 'pets__feed_cat', 'sky__forecast'])
    expect(await names(search, 'dog', VIEW, 1)).toEqual(['pets__walk_dog'])
    expect(troubles).toEqual([])
  })

  it('embeds each text and asks each question once, in requests of at most 64', async () => {
    const model = fake('m')
    const { search } = open(() => model)
    const many = server('many', Object.fromEntries(Array.from({ length: 150 }, (_, index) => [`tool_${index}`, `Number ${index}.`])))
    search.prepare([many])
    search.prepare([many, PETS])
    await settled()
    expect(model.asked.map(({ length }) => length)).toEqual([64, 64, 24])
    search.prepare([many, PETS, SKY])
    await settled()
    expect(model.asked.slice(3)).toEqual([['sky: forecast. Says whether it rains.']])
    await names(search, 'Hund')
    await names(search, 'Hund')
    expect(model.asked.slice(4)).toEqual([['Hund']])
  })

  it('finds only what the view has', async () => {
    const model = fake('m')
    const { search } = open(() => model)
    search.prepare(VIEW.servers)
    await settled()
    expect(await names(search, 'Hund', viewOf(SKY))).toEqual(['sky__forecast'])
  })

  it('goes by words when the model fails, says so once, and asks again after a while', async () => {
    let works = false
    const model = fake('m', (texts) => (works ? Promise.resolve(texts.map(meaningOf)) : Promise.reject(new GatewayError('upstream_unavailable', 'Nobody is there.'))))
    const { search, troubles } = open(() => model, 20)
    for (let time = 0; time < 3; time++) {
      expect(await names(search, 'dog')).toEqual(['pets__walk_dog'])
      await settled()
    }
    expect(model.asked.length).toBeLessThan(3)
    works = true
    await expect.poll(() => names(search, 'Hund')).toHaveLength(3)
    expect(troubles).toEqual([{ model: 'm', reason: 'upstream_unavailable' }])
  })

  it('asks nothing for a while after a failure', async () => {
    const model = fake('m', () => Promise.reject(new GatewayError('unknown_model', 'There is no such model.')))
    const { search, troubles } = open(() => model)
    for (let time = 0; time < 3; time++) {
      await names(search, 'dog')
      await settled()
    }
    expect(model.asked).toHaveLength(1)
    expect(troubles).toEqual([{ model: 'm', reason: 'unknown_model' }])
  })

  it('does not wait long for a question, nor at all while one is late, and has the answer next time', async () => {
    const late = Promise.withResolvers<void>()
    const model = fake('m', async (texts) => {
      if (texts[0] === 'Hund') await late.promise
      return texts.map(meaningOf)
    })
    const { search, troubles } = open(() => model)
    search.prepare(VIEW.servers)
    await settled()
    expect(await names(search, 'Hund')).toEqual([])
    expect(await names(search, 'cat')).toEqual(['pets__feed_cat'])
    expect(model.asked.slice(1)).toEqual([['Hund']])
    expect(troubles).toEqual([{ model: 'm', reason: 'slow' }])
    late.resolve()
    await settled()
    expect(await names(search, 'Hund')).toHaveLength(3)
    expect(model.asked.slice(1)).toEqual([['Hund']])
  })

  it('goes by words when its client leaves meanwhile', async () => {
    const model = fake('m', (texts) => (texts[0] === 'dog' ? Promise.withResolvers<readonly Float32Array[]>().promise : Promise.resolve(texts.map(meaningOf))))
    const { search, troubles } = open(() => model)
    search.prepare(VIEW.servers)
    await settled()
    expect((await search.find(VIEW, 'dog', 5, AbortSignal.abort())).map(({ entry }) => entry.exposedName)).toEqual(['pets__walk_dog'])
    expect(troubles).toEqual([])
  })

  it.each([
    ['too few', (texts: readonly string[]) => texts.slice(1).map(meaningOf)],
    ['vectors of several lengths', (texts: readonly string[]) => texts.map((_, index) => new Float32Array(index + 1).fill(1))],
    ['vectors without a direction', (texts: readonly string[]) => texts.map(() => new Float32Array(2))],
    ['what is no number', (texts: readonly string[]) => texts.map(() => Float32Array.from([1, Number.NaN]))],
  ])('goes by words when the model answers with %s', async (_, answer) => {
    const model = fake('m', (texts) => Promise.resolve(answer(texts)))
    const { search, troubles } = open(() => model)
    for (let time = 0; time < 2; time++) {
      expect(await names(search, 'dog')).toEqual(['pets__walk_dog'])
      await settled()
    }
    expect(troubles).toEqual([{ model: 'm', reason: 'upstream_protocol' }])
  })

  it('embeds everything again when vectors have another length than before', async () => {
    let length = 2
    const model = fake('m', (texts) => Promise.resolve(texts.map((text) => Float32Array.from([...meaningOf(text), ...Array.from({ length: length - 2 }, () => 0)]))))
    const { search, troubles } = open(() => model, 20)
    search.prepare(VIEW.servers)
    await settled()
    length = 3
    expect(await names(search, 'Hund')).toEqual([])
    await expect.poll(() => names(search, 'Hund')).toHaveLength(3)
    expect(model.asked.filter((texts) => texts.length === 3)).toHaveLength(2)
    expect(troubles).toEqual([{ model: 'm', reason: 'upstream_protocol' }])
  })

  it('shortens texts for a model that refuses long ones', async () => {
    const long = viewOf(server('s', { long: 'word '.repeat(300) }))
    const model = fake('m', (texts) => {
      if (texts.some((text) => text.length > 300)) return Promise.reject(new GatewayError('invalid_request', 'The input is too long.'))
      return Promise.resolve(texts.map(meaningOf))
    })
    const { search, troubles } = open(() => model)
    search.prepare(long.servers)
    await settled()
    expect(model.asked.map(([text = '']) => text.length)).toEqual([1_000, 500, 250])
    expect(await names(search, 'Hund', long)).toEqual(['s__long'])
    expect(troubles).toEqual([])
  })

  it('goes by words where there are more tools than vectors are kept, without embedding them again and again', async () => {
    // Of vectors as long as these, eight are kept.
    const model = fake('m', (texts) => Promise.resolve(texts.map((_, index) => new Float32Array(2_000_000).fill(1, index))))
    const many = viewOf(server('many', Object.fromEntries(Array.from({ length: 9 }, (_, index) => [`tool_${index}`, 'A dog.']))))
    const { search, troubles } = open(() => model)
    search.prepare(many.servers)
    await settled()
    for (let time = 0; time < 3; time++) {
      expect(await names(search, 'Hund', many)).toEqual([])
      await settled()
    }
    expect(model.asked.map(({ length }) => length)).toEqual([9, 1])
    expect(troubles).toEqual([{ model: 'm', reason: 'too-many' }])
  })

  it('uses the model that is configured now, and lets go of the other', async () => {
    const left = Promise.withResolvers<unknown>()
    const first = fake('first', (_, signal) => {
      signal.addEventListener('abort', () => left.resolve(signal.reason))
      return Promise.withResolvers<readonly Float32Array[]>().promise
    })
    const second = fake('second')
    let configured: ToolEmbedding | undefined = first
    const { search, troubles } = open(() => configured)
    search.prepare(VIEW.servers)
    configured = second
    search.prepare(VIEW.servers)
    expect(await left.promise).toMatchObject({ code: 'cancelled' })
    await settled()
    expect(await names(search, 'Hund')).toHaveLength(3)
    configured = undefined
    expect(await names(search, 'Hund')).toEqual([])
    expect(troubles).toEqual([])
  })
})
