import { describe, expect, it } from 'vitest'
import { foldAnswer, type DialectCodec, type Loss } from '../../src/dialects/index.ts'
import { isJsonObject, type JsonObject } from '../../src/lib/json.ts'
import { ANSWER_CONTEXT, codecOf, parseEvents, readFixture, scenarios, tellStream } from './fixtures.ts'
import { ANSWER_PAIRS } from './grids/index.ts'
import { placesOf, UNKNOWN, type Place } from './places.ts'

/** The model’s own words to a tool, and what a provider repeats of the request. */
const OPAQUE = /\/(?:arguments|args|input)(?:\/|$)|^(?:\/response)?\/(?:metadata|reasoning|text|tools)(?:\/|$)/

interface Told {
  readonly text: string
  readonly losses: readonly Loss[]
}

function translateWhole(from: DialectCodec, to: DialectCodec, body: JsonObject): Told {
  const decoded = from.translation.decodeAnswer(body)
  const encoded = to.translation.encodeAnswer(foldAnswer(decoded.value), ANSWER_CONTEXT)
  return { text: JSON.stringify(encoded.value), losses: [...decoded.losses, ...encoded.losses] }
}

const namesIn = (path: string): readonly string[] => path.split('/').filter((name) => name !== '' && !/^\d+$/.test(name))

/** `/content/2`, `/output/1/content/0`, `/candidates/0/content/parts/3`: of a whole answer the place itself, of a stream what its events name so. */
function isWithin({ path, ancestors }: Place, named: string): boolean {
  if (path.startsWith(named)) return true
  const last = named.split('/').at(-1) ?? ''
  if (!/^\d+$/.test(last)) return namesIn(path).some((name) => name === last || `${name}s` === last)
  const [event = {}] = ancestors
  const numbers = [event['index'], event['output_index'], event['content_index'], event['annotation_index']].filter((number) => number !== undefined).map(String)
  return numbers.some((number) => named.split('/').includes(number)) || namesIn(named).every((name) => namesIn(path).includes(name) || name === 'message')
}

/** Whether the unknown member arrived, is named itself, or stands in something that is named as a whole. */
function isAccountedFor({ text, losses }: Told, place: Place): boolean {
  const inSeals = [...text.matchAll(/"thoughtSignature":"([^"]+)"/g)].map(([, base64 = '']) => Buffer.from(base64, 'base64').toString())
  return [text, ...inSeals].some((said) => said.includes(UNKNOWN)) || losses.some(({ path }) => path.includes(UNKNOWN) || isWithin(place, path))
}

describe.each(ANSWER_PAIRS)('answers $name', ({ from, to }) => {
  const [source, target] = [codecOf(from.dialect), codecOf(to.dialect)]

  it.each(scenarios(from.dialect, '.sse.txt'))('%s: an unknown field anywhere in the stream is carried or named as lost', (name) => {
    const events = parseEvents(readFixture(from.dialect, `${name}.sse.txt`), from.dialect)
    let tried = 0
    for (const [index, event] of events.entries()) {
      const body: unknown = event.data.startsWith('{') ? JSON.parse(event.data) : undefined
      if (!isJsonObject(body)) continue
      for (const place of placesOf(body, OPAQUE)) {
        tried++
        const changed = { ...event, data: JSON.stringify(place.insert()) }
        expect(isAccountedFor(tellStream(source, target, events.with(index, changed)), place), `${place.path} of event ${index} of ${name}: ${event.data}`).toBe(true)
      }
    }
    expect(tried).toBeGreaterThan(0)
  })

  it.each(scenarios(from.dialect, '.response.json'))('%s: an unknown field anywhere in the whole answer is carried or named as lost', (name) => {
    const body = JSON.parse(readFixture(from.dialect, `${name}.response.json`)) as JsonObject
    const places = placesOf(body, OPAQUE)
    expect(places.length).toBeGreaterThan(2)
    for (const place of places) expect(isAccountedFor(translateWhole(source, target, place.insert()), place), `${place.path} of ${name}`).toBe(true)
  })
})
