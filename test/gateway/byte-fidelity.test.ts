import { request as httpRequest } from 'node:http'
import { setTimeout as sleep } from 'node:timers/promises'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { createProviderSimulator, type ProviderSimulator } from '../../sim/index.ts'
import { defineProvider, startModelGateway, type ModelGateway } from '../support/model-gateway.ts'

let sim: ProviderSimulator
let gateway: ModelGateway

beforeEach(async () => {
  sim = await createProviderSimulator()
  gateway = await startModelGateway({ providers: [defineProvider('sim', sim.url)] })
})
afterEach(async () => {
  await gateway[Symbol.asyncDispose]()
  await sim.close()
})

interface RawAnswer {
  readonly status: number
  readonly headers: NodeJS.Dict<string | string[]>
  readonly body: Buffer
}

/** Sends exactly these bytes, in writes of the given sizes. */
function post(bytes: Buffer, writes: readonly number[] = [bytes.length], type = 'application/json'): Promise<RawAnswer> {
  return new Promise((resolve, reject) => {
    const request = httpRequest(`${gateway.url}/chat/completions`, { method: 'POST', headers: { 'content-type': type } }, (response) => {
      const pieces: Buffer[] = []
      response.on('data', (piece: Buffer) => pieces.push(piece)).on('error', reject)
      response.on('end', () => resolve({ status: response.statusCode ?? 0, headers: response.headers, body: Buffer.concat(pieces) }))
    })
    request.on('error', reject)
    const send = async (): Promise<void> => {
      let at = 0
      for (const size of writes) {
        request.write(bytes.subarray(at, at + size))
        at += size
        await sleep(2)
      }
      request.end(bytes.subarray(at))
    }
    send().catch(reject)
  })
}

/** What `JSON.parse` and `JSON.stringify` would change: numbers, spacing, order of integer-like keys, escapes, duplicates below the top. */
function writeHardBody(model: string, filler: number): string {
  const hard = String.raw`"12": 1, "2":  2.50, "1":1e2 ,"big":12345678901234567890,"neg":-0.0,"esc":"\u00e9\/\"\\ \ud83d\ude00","dup":1,"dup":2`
  const content = `${String.raw`line\nwith \"quotes\" and \\ `}é世界😀`.repeat(Math.ceil(filler / 40))
  return `\r\n\t{ "messages" : [ {"role":"user","content":"${content}", ${hard} } ],  "model" :\n "${model}" ,"metadata":{${hard},"model":"inner"},"n":1 }\n`
}

describe('a request body', () => {
  it.each([
    ['2 MB', 2_000_000, [1, 7, 65_536, 300_001]],
    ['small', 10, [3, 20, 1, 1, 1]],
  ])('arrives upstream byte-identical but for `model` (%s)', async (_name, filler, writes) => {
    const sent = Buffer.from(writeHardBody('sim/echo', filler))
    expect(sent.length).toBeGreaterThan(filler)
    const answer = await post(sent, writes)
    expect(answer.status).toBe(200)
    expect(sim.requests[0]?.body.equals(Buffer.from(writeHardBody('echo', filler)))).toBe(true)
  })

  it('of a stream gets `stream_options` added at its end, and nothing else', async () => {
    const body = (model: string, extra: string): string => `{"model":"${model}","stream":true,"messages":[{"role":"user","content":"hi"}]${extra} }`
    await post(Buffer.from(body('sim/echo', '')))
    expect(sim.requests[0]?.body.toString()).toBe(body('echo', ',"stream_options":{"include_usage":true}'))
  })

  it.each([
    ['{"model":"sim/echo","model":"sim/other","messages":[]}', /one member `model`/],
    [String.raw`{"model":"sim/echo","mod\u0065l":"sim/other","messages":[]}`, /one member `model`/],
    ['{"model":"sim/echo","stream":true,"stream":false,"messages":[]}', /one member `stream`/],
    ['[{"model":"sim/echo"}]', /JSON object/],
    ['{"model":"sim/echo","messages":[', /ends before/],
    ['{"model":"sim/echo"} {"model":"sim/other"}', /nothing after/],
    ['', /found nothing/],
    ['{"messages":[]}', /Expected `model`/],
    ['{"model":7,"messages":[]}', /got `7`/],
    ['{"model":"sim/echo","stream":"yes"}', /`stream` to be true or false/],
  ])('that gateway and provider could read differently is refused: %s', async (text, message) => {
    const answer = await post(Buffer.from(text))
    expect(answer.status).toBe(400)
    const { error } = JSON.parse(answer.body.toString()) as { error: { message: string; type: string; request_id: string } }
    expect(error.message).toMatch(message)
    expect(error.type).toBe('invalid_request_error')
    expect(error.request_id).toBe(answer.headers['x-trunkline-request-id'])
    expect(sim.requests).toEqual([])
  })

  it('of another content type is refused with 415, so that no web page can send one', async () => {
    expect((await post(Buffer.from('{"model":"sim/echo"}'), undefined, 'text/plain')).status).toBe(415)
  })
})

describe('an answer', () => {
  it.each([
    { splitBytes: 1 },
    { splitBytes: 3, newline: 'crlf' as const },
    { newline: 'cr' as const, splitBytes: 5 },
    { comments: true, bom: true },
    { splitBytes: 2, comments: true },
  ])('streams byte for byte, but for the usage chunk nobody asked for: %o', async (style) => {
    const script = { text: 'Grüße 世界 😀 ok', ...style }
    const asked = '{"model":"sim/echo","stream":true,"stream_options":{"include_usage":true},"messages":[]}'
    const unasked = '{"model":"sim/echo","stream":true,"messages":[]}'
    sim.script(script, script, script)
    const whole = (await post(Buffer.from(asked))).body.toString()
    const stripped = (await post(Buffer.from(unasked))).body.toString()
    const direct = await fetch(`${sim.url}/chat/completions`, {
      method: 'POST',
      body: asked.replace('sim/echo', 'echo'),
    })
    const normal = (text: string): string => text.replaceAll(/chatcmpl-sim\d+/g, 'ID')
    expect(normal(whole)).toBe(normal(Buffer.from(await direct.arrayBuffer()).toString()))
    const end = { lf: '\n', crlf: '\r\n', cr: '\r' }[style.newline ?? 'lf']
    const events = normal(whole).split(end + end)
    const kept = events.filter((event) => !event.includes('"choices":[]'))
    const keptText = normal(stripped).split(end + end).filter((event) => event !== ': SIMULATOR PROCESSING')
    expect(keptText).toEqual(kept.filter((event) => event !== ': SIMULATOR PROCESSING'))
    expect(gateway.ledger.rows.map((row) => row.usage?.output.total)).toEqual([expect.any(Number), expect.any(Number)])
  })

  it('carries what the provider says and who answered, and no cookie', async () => {
    const { headers, status } = await post(Buffer.from('{"model":"sim/echo","messages":[]}'))
    expect(status).toBe(200)
    expect(headers).toMatchObject({
      'x-trunkline-attempts': '1',
      'x-trunkline-plan': 'pass-through',
      'x-trunkline-target': 'sim/echo',
      'x-ratelimit-remaining-requests': '99',
    })
    expect(headers['set-cookie']).toBeUndefined()
  })
})
