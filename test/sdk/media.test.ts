import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import type { Media, Question } from './support/conversation.ts'
import { PAIRS, startStage, type Stage } from './support/stage.ts'

let stage: Stage

beforeAll(async () => {
  stage = await startStage()
})
afterAll(() => stage[Symbol.asyncDispose]())
beforeEach(() => stage.sim.reset())

const PICTURE: Media = { mediaType: 'image/png', base64: 'iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR4nGNgYGD4DwABBAEAfbLI3wAAAABJRU5ErkJggg==' }
const PAPER: Media = { mediaType: 'application/pdf', base64: Buffer.from('%PDF-1.4\n1 0 obj<<>>endobj\ntrailer<<>>\n%%EOF').toString('base64') }

const ask = ({ base64, mediaType }: Media): Question => ({ turns: [{ kind: 'user', text: 'What is this?', media: [{ base64, mediaType }] }] })
const picture = `data:image/png;base64,${PICTURE.base64}`
const paper = `data:application/pdf;base64,${PAPER.base64}`

/** How each provider wants them. */
const PICTURES: Readonly<Record<string, unknown>> = {
  'openai-chat': { type: 'image_url', image_url: { url: picture } },
  'openai-responses': { type: 'input_image', image_url: picture },
  'anthropic-messages': { type: 'image', source: { type: 'base64', media_type: 'image/png', data: PICTURE.base64 } },
  'google-generate-content': { inlineData: { mimeType: 'image/png', data: PICTURE.base64 } },
  'ollama-chat': PICTURE.base64,
}
const PAPERS: Readonly<Record<string, object>> = {
  'openai-chat': { type: 'file', file: { filename: expect.stringMatching(/\.pdf$/) as string, file_data: paper } },
  'openai-responses': { type: 'input_file', filename: expect.stringMatching(/\.pdf$/) as string, file_data: paper },
  'anthropic-messages': { type: 'document', source: { type: 'base64', media_type: 'application/pdf', data: PAPER.base64 } },
  'google-generate-content': { inlineData: { mimeType: 'application/pdf', data: PAPER.base64 } },
}
/** Where the client wrote the document, in its own words. */
const PAPER_PATHS: Readonly<Record<string, string>> = { 'openai-chat': '/messages/0/content/1', 'openai-responses': '/input/0/content/1', 'anthropic-messages': '/messages/0/content/1', 'google-generate-content': '/contents/0/parts/1' }

describe('a picture', () => {
  it.each(PAIRS)('LT-D05 reaches the provider in its own form: $name', async (pair) => {
    await pair.client.whole(stage.placeOf(pair), ask(PICTURE))
    const media = pair.provider.readMedia(stage.sent(0))
    expect(media).toHaveLength(1)
    if (typeof media[0] === 'string') expect(media[0]).toBe(PICTURES[pair.provider.name])
    else expect(media[0]).toMatchObject(PICTURES[pair.provider.name] as object)
  })
})

describe('a PDF', () => {
  it.each(PAIRS.filter(({ provider }) => PAPERS[provider.name]))('reaches the provider in its own form: $name', async (pair) => {
    await pair.client.whole(stage.placeOf(pair), ask(PAPER))
    expect(pair.provider.readMedia(stage.sent(0))).toMatchObject([PAPERS[pair.provider.name]])
  })

  it.each(PAIRS.filter(({ provider }) => !PAPERS[provider.name]))('is refused by name and not left out, where the provider reads none: $name', async (pair) => {
    const failure = pair.client.readFailure(await pair.client.whole(stage.placeOf(pair), ask(PAPER)).catch((error: unknown) => error))
    expect(failure).toMatchObject({ status: 400, message: expect.stringContaining(PAPER_PATHS[pair.client.dialect] ?? 'a path') as string })
    expect(stage.sim.requests).toHaveLength(0)
  })
})
