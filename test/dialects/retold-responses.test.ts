import { readdirSync, readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { createSseParser, retellResponse, writeSseEvent, type ResponseEvent as Told, type SseEvent } from '../../src/dialects/index.ts'
import { isJsonObject, type JsonObject } from '../../src/lib/json.ts'
import { editMembers, readMember, toJsonText, type JsonText } from '../../src/lib/json-text.ts'
import { foldResponse, type ResponseEvent } from '../support/fold-response.ts'
import { checkResponsesGrammar } from './grids/openai-responses.ts'

const FOLDER = new URL('fixtures/openai-responses/', import.meta.url)
const parse = (text: string): readonly SseEvent[] => createSseParser().push(Buffer.from(text))

/** The response at the end of a recorded stream. */
function recorded(file: string): JsonText {
  const last = parse(readFileSync(new URL(file, FOLDER), 'utf8')).findLast(({ data }) => /"type": ?"response\.(?:completed|incomplete)"/.test(data))
  return readMember((last?.data ?? '{}') as JsonText, 'response') ?? ('null' as JsonText)
}

/** The events of a stream as they go over the wire. */
function retell(body: JsonText): readonly SseEvent[] {
  const { created, begun, output, ended } = retellResponse(body)
  const all: readonly Told[] = [...created, ...begun, ...output, ...(ended ? [ended] : [])]
  return parse(all.map(({ type, data }, number) => writeSseEvent({ event: type, data: editMembers(data, { sequence_number: toJsonText(number) }) })).join(''))
}

const typesOf = (events: readonly SseEvent[]): readonly (string | undefined)[] => events.map(({ event }) => event?.replace('response.', ''))
const withItems = (...output: readonly JsonObject[]): JsonText => toJsonText({ id: 'resp_1', object: 'response', status: 'completed', error: null, incomplete_details: null, tools: [], output })

const FILES = readdirSync(FOLDER).filter((name) => name.endsWith('.sse.txt') && !name.includes('.to-'))

describe('retellResponse', () => {
  it.each(FILES)('tells the response of %s, as the SDK reads it', async (file) => {
    const body = recorded(file)
    const events = retell(body)
    expect(typesOf(events).slice(0, 2)).toEqual(['created', 'in_progress'])
    const response = JSON.parse(body) as JsonObject
    expect(JSON.parse(readMember((events.at(-1)?.data ?? '') as JsonText, 'response') ?? '')).toEqual(response)
    const told = events.map(({ data }) => JSON.parse(data) as ResponseEvent)
    const items = told.flatMap((event) => (event.type === 'response.output_item.done' ? [event.item] : []))
    expect(items).toEqual(response['output'] ?? [])
    const withoutEnd = await foldResponse([...told.slice(0, -1), { type: 'response.completed', sequence_number: told.length, response: { id: response['id'] } } as unknown as ResponseEvent])
    expect(withoutEnd.output).toMatchObject((Array.isArray(response['output']) ? response['output'] : []) as object[])
  })

  it.each(['text.sse.txt', 'parallel-interleaved-calls.sse.txt', 'refusal.sse.txt', 'web-search-and-citation.sse.txt', 'max-output-tokens.sse.txt'])('keeps the grammar of live streams: %s', (file) => {
    const whole = { error: null, incomplete_details: null, tools: [], ...(JSON.parse(recorded(file)) as JsonObject) }
    checkResponsesGrammar(retell(toJsonText(whole)))
  })

  it('tells calls of servers and lists of their tools step by step', () => {
    const call = { type: 'mcp_call', id: 'mcp_1', server_label: 'docs', name: 'add', arguments: '{"a":1}', output: '1', error: null, status: 'completed' }
    const events = retell(withItems({ type: 'mcp_list_tools', id: 'mcpl_1', server_label: 'docs', tools: [{ name: 'add' }] }, call, { ...call, id: 'mcp_2', status: 'failed', arguments: '', output: null, error: 'no' }))
    expect(typesOf(events)).toEqual([
      'created', 'in_progress',
      'output_item.added', 'mcp_list_tools.in_progress', 'mcp_list_tools.completed', 'output_item.done',
      'output_item.added', 'mcp_call.in_progress', 'mcp_call_arguments.delta', 'mcp_call_arguments.done', 'mcp_call.completed', 'output_item.done',
      'output_item.added', 'mcp_call.in_progress', 'mcp_call_arguments.done', 'mcp_call.failed', 'output_item.done',
      'completed',
    ])
    const told = events.map(({ data }) => JSON.parse(data) as JsonObject)
    expect(told[2]).toMatchObject({ output_index: 0, item: { tools: [] } })
    expect(told[6]).toMatchObject({ output_index: 1, item: { status: 'in_progress', arguments: '', output: null } })
    expect(told[8]).toMatchObject({ item_id: 'mcp_1', output_index: 1, delta: '{"a":1}' })
    expect(told[9]).toMatchObject({ item_id: 'mcp_1', arguments: '{"a":1}' })
  })

  it('tells programs, searches in files and images, and whatever it does not know as a whole', async () => {
    const items = [
      { type: 'code_interpreter_call', id: 'ci_1', status: 'completed', code: '1+1', container_id: 'c', outputs: [] },
      { type: 'file_search_call', id: 'fs_1', status: 'completed', queries: ['x'], results: null },
      { type: 'image_generation_call', id: 'ig_1', status: 'completed', result: 'AAAA' },
      { type: 'compaction', id: 'cmp_1', encrypted_content: 'x' },
      { type: 'reasoning', id: 'rs_1', summary: [], content: [{ type: 'reasoning_text', text: 'Hm.' }] },
    ]
    const events = retell(withItems(...items))
    expect(typesOf(events)).toEqual([
      'created', 'in_progress',
      'output_item.added', 'code_interpreter_call.in_progress', 'code_interpreter_call_code.delta', 'code_interpreter_call_code.done', 'code_interpreter_call.interpreting', 'code_interpreter_call.completed', 'output_item.done',
      'output_item.added', 'file_search_call.in_progress', 'file_search_call.searching', 'file_search_call.completed', 'output_item.done',
      'output_item.added', 'image_generation_call.in_progress', 'image_generation_call.generating', 'image_generation_call.completed', 'output_item.done',
      'output_item.added', 'output_item.done',
      'output_item.added', 'content_part.added', 'reasoning_text.delta', 'reasoning_text.done', 'content_part.done', 'output_item.done',
      'completed',
    ])
    expect((await foldResponse(events.map(({ data }) => JSON.parse(data) as ResponseEvent))).output).toMatchObject(items)
  })

  it.each([['failed', 'response.failed'], ['cancelled', 'response.incomplete'], ['in_progress', undefined], ['queued', undefined]])('ends a response that is %s', (status, type) => {
    expect(retellResponse(toJsonText({ id: 'resp_1', status, output: [] })).ended?.type).toBe(type)
  })

  it('waits first where it runs in the background, and writes the last event as the record is written', () => {
    const body = '{"id":"resp_1","background":true,"status":"completed","output":[],"usage":{"n":1.0},"big":12345678901234567890}' as JsonText
    const { created, begun, ended } = retellResponse(body)
    expect([...created, ...begun].map(({ data }) => (JSON.parse(data) as { response: JsonObject }).response['status'])).toEqual(['queued', 'queued', 'in_progress'])
    expect(created[0]?.data).toContain('"big":12345678901234567890')
    expect(ended?.data).toContain(body)
    expect(isJsonObject(JSON.parse(ended?.data ?? ''))).toBe(true)
  })
})
