import { addPlannedTools, planTools, restoreThoughts, type EncodedRequest, type Loss, type StreamPart } from '../../src/dialects/index.ts'
import type { DialectQuirks } from '../../src/domain/dialect-quirks.ts'
import type { Dialect } from '../../src/domain/dialect.ts'
import { isJsonObject, type JsonObject, type JsonValue } from '../../src/lib/json.ts'
import { codecOf, decodeStream, encodeStream, openSeals, ORIGIN, parseEvents, readFixture } from '../dialects/fixtures.ts'

/** A request of one dialect as a provider of another gets it. */
export function translateRequest(from: Dialect, to: Dialect, body: JsonObject, quirks: DialectQuirks = {}): { readonly body: JsonObject; readonly losses: readonly Loss[]; readonly encoded: EncodedRequest } {
  const plan = planTools(restoreThoughts(codecOf(from).translation.decodeRequest(body), openSeals, ORIGIN), to, quirks)
  const { value, losses } = codecOf(to).translation.encodeRequest(plan.request, { target: ORIGIN, seals: openSeals, quirks })
  return { body: addPlannedTools(value.body, plan), losses: [...plan.losses, ...losses], encoded: value }
}

/** Chat chunks as the lines of a stream. */
export const chatStream = (deltas: readonly JsonObject[], finish: string | null = 'stop', usage?: JsonObject): string =>
  [
    ...deltas.map((delta) => ({ id: 'c', created: 7, model: 'm', choices: [{ index: 0, delta, finish_reason: null }] })),
    ...(finish === null ? [] : [{ id: 'c', created: 7, model: 'm', choices: [{ index: 0, delta: {}, finish_reason: finish }], ...(usage ? { usage } : {}) }]),
  ]
    .map((chunk) => `data: ${JSON.stringify(chunk)}\n\n`)
    .join('')

export const partsOf = (from: Dialect, text: string): readonly StreamPart[] => decodeStream(codecOf(from), parseEvents(text, from))

/** The events that a client of another dialect gets, as their JSON. */
export function translateStream(from: Dialect, to: Dialect, text: string): readonly JsonObject[] {
  return parseEvents(encodeStream(codecOf(to), partsOf(from, text)), to).flatMap(({ data }) => (data.startsWith('{') ? [JSON.parse(data) as JsonObject] : []))
}

export const fixtureStream = (from: Dialect, scenario: string, to: Dialect): readonly JsonObject[] => translateStream(from, to, readFixture(from, `${scenario}.sse.txt`))

/** A value deep inside another; undefined where there is none. */
export function at(value: JsonValue | undefined, ...path: readonly (string | number)[]): JsonValue | undefined {
  return path.reduce<JsonValue | undefined>((inner, key) => (Array.isArray(inner) ? (inner[Number(key)] as JsonValue | undefined) : isJsonObject(inner) ? inner[key] : undefined), value)
}

/** A text deep inside another value; empty where there is none. */
export function textAt(value: JsonValue | undefined, ...path: readonly (string | number)[]): string {
  const text = at(value, ...path)
  return typeof text === 'string' ? text : ''
}

export const listAt = (value: JsonValue | undefined, ...path: readonly (string | number)[]): readonly JsonObject[] => {
  const list = at(value, ...path)
  return Array.isArray(list) ? list.filter((entry) => isJsonObject(entry)) : []
}
