import { describe, expect, it } from 'vitest'
import { toJsonText, type JsonText } from '../../lib/json-text.ts'
import { fitRevision } from './fit-revision.ts'

const LINK = { type: 'resource_link', uri: 'file:///report.pdf', name: 'report.pdf', title: 'Report', description: 'Of the year', mimeType: 'application/pdf', size: 12, annotations: { audience: ['user'] } }
const TEXT = 'Resource: Report (report.pdf)\nURI: file:///report.pdf\nDescription: Of the year\nMIME type: application/pdf\nBytes: 12'
const AUDIO = { type: 'audio', data: 'AAAA', mimeType: 'audio/wav' }

const fit = (result: object, method = 'tools/call', revision: string | undefined = '2025-03-26'): unknown => JSON.parse(fitRevision(JSON.stringify(result) as JsonText, method, revision))

describe('fitRevision', () => {
  it('names a link in a text for revisions without links, and keeps what else there is', () => {
    expect(fit({ content: [{ type: 'text', text: 'see' }, LINK], isError: false })).toEqual({ content: [{ type: 'text', text: 'see' }, { type: 'text', text: TEXT, annotations: { audience: ['user'] } }], isError: false })
    expect(fit({ content: [{ type: 'resource_link', uri: 'a://b', name: 'b' }] })).toEqual({ content: [{ type: 'text', text: 'Resource: b\nURI: a://b' }] })
  })

  it('does so in the messages of a prompt', () => {
    const said = { role: 'assistant', content: { type: 'text', text: 'x' } }
    expect(fit({ messages: [{ role: 'user', content: LINK }, said] }, 'prompts/get')).toEqual({ messages: [{ role: 'user', content: { type: 'text', text: TEXT, annotations: { audience: ['user'] } } }, said] })
  })

  it('says structured content in a text where there is none', () => {
    const structuredContent = { sum: 5 }
    expect(fit({ structuredContent })).toEqual({ structuredContent, content: [{ type: 'text', text: '{"sum":5}' }] })
    expect(fit({ content: [], structuredContent })).toEqual({ structuredContent, content: [{ type: 'text', text: '{"sum":5}' }] })
    const image = { type: 'image', data: 'AA', mimeType: 'image/png' }
    expect(fit({ content: [image], structuredContent })).toEqual({ structuredContent, content: [image, { type: 'text', text: '{"sum":5}' }] })
    const told = { content: [{ type: 'text', text: 'Five.' }], structuredContent }
    expect(fit(told)).toEqual(told)
  })

  it('embeds audio for revisions without it', () => {
    expect(fit({ content: [AUDIO] }, 'tools/call', '2024-11-05')).toEqual({ content: [{ type: 'resource', resource: { uri: 'trunkline://content/audio', mimeType: 'audio/wav', blob: 'AAAA' } }] })
    expect(fit({ content: [AUDIO] })).toEqual({ content: [AUDIO] })
  })

  it.each(['2025-06-18', '2025-11-25', undefined])('gives %s the text as it is', (revision) => {
    const result = toJsonText({ content: [LINK, AUDIO], structuredContent: {} })
    expect(fitRevision(result, 'tools/call', revision)).toBe(result)
  })

  it('gives a result that an old revision can read as it is', () => {
    const result = '{ "content" : [ {"type":"text","text":"a"} ] }' as JsonText
    expect(fitRevision(result, 'tools/call', '2025-03-26')).toBe(result)
  })
})
