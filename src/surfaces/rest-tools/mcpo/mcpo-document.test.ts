import { describe, expect, it } from 'vitest'
import { toJsonText } from '../../../lib/json-text.ts'
import { writeMcpoDocument } from './mcpo-document.ts'

const OPTIONS = { title: 'notes', description: 'notes MCP Server', version: '1.0', address: undefined, needsKey: false }

const describeTool = (description?: string): unknown => {
  const definition = toJsonText({ name: 'add_note', inputSchema: { type: 'object' }, ...(description === undefined ? {} : { description }) })
  return (JSON.parse(writeMcpoDocument([{ name: 'add_note', definition }], OPTIONS)) as { paths: Record<string, { post: unknown }> }).paths['/add_note']?.post
}

describe('writeMcpoDocument', () => {
  it('leaves out an empty description, as FastAPI does, so that Open WebUI reads the summary', () => {
    expect(describeTool('')).toMatchObject({ summary: 'Add Note' })
    expect(describeTool('')).not.toHaveProperty('description')
    expect(describeTool()).not.toHaveProperty('description')
    expect(describeTool('Adds one.')).toMatchObject({ description: 'Adds one.' })
  })
})
