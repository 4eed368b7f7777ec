import { asString } from './as-string.ts'
import { setTimeout as sleep } from 'node:timers/promises'
import { FixtureError } from './fixture-error.ts'
import { text, type FixtureTool } from './fixture-context.ts'
import type { JsonObject } from '../../../src/lib/json.ts'

/** One red pixel, and a few samples of silence. */
export const PNG = 'iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mP8z8DwHwAFBQIAX8jx0gAAAABJRU5ErkJggg=='
const WAV = 'UklGRiYAAABXQVZFZm10IBAAAAABAAEAQB8AAAB9AAACABAAZGF0YQIAAAAAAA=='

export function tool(name: string, description: string, run: FixtureTool['run'], properties: JsonObject = {}, more: JsonObject = {}): FixtureTool {
  return { listed: { name, description, inputSchema: { type: 'object', properties }, ...more }, run }
}

const SCHEMA_2020_12 = {
  $schema: 'https://json-schema.org/draft/2020-12/schema',
  type: 'object',
  $defs: {
    address: { $anchor: 'addressDef', type: 'object', properties: { street: { type: 'string' }, city: { type: 'string' } } },
  },
  properties: {
    name: { type: 'string' },
    address: { $ref: '#/$defs/address' },
    contactMethod: { type: 'string', enum: ['phone', 'email'] },
    phone: { type: 'string' },
    email: { type: 'string' },
  },
  allOf: [{ anyOf: [{ required: ['phone'] }, { required: ['email'] }] }],
  if: { properties: { contactMethod: { const: 'phone' } }, required: ['contactMethod'] },
  // eslint-disable-next-line unicorn/no-thenable -- a keyword of JSON Schema
  then: { required: ['phone'] },
  else: { required: ['email'] },
  additionalProperties: false,
}

export const CONTENT_TOOLS: readonly FixtureTool[] = [
  tool('test_simple_text', 'Returns one text.', () => text('This is a simple text response for testing.')),
  tool('test_image_content', 'Returns one image.', () => ({ content: [{ type: 'image', data: PNG, mimeType: 'image/png' }] })),
  tool('test_audio_content', 'Returns one sound.', () => ({ content: [{ type: 'audio', data: WAV, mimeType: 'audio/wav' }] })),
  tool('test_embedded_resource', 'Returns one embedded resource.', () => ({
    content: [{ type: 'resource', resource: { uri: 'test://embedded-resource', mimeType: 'text/plain', text: 'This is an embedded resource content.' } }],
  })),
  tool('test_multiple_content_types', 'Returns a text, an image and a resource.', () => ({
    content: [
      { type: 'text', text: 'Multiple content types test:' },
      { type: 'image', data: PNG, mimeType: 'image/png' },
      { type: 'resource', resource: { uri: 'test://mixed-content-resource', mimeType: 'application/json', text: '{"test":"data","value":123}' } },
    ],
  })),
  tool('test_error_handling', 'Always fails.', () => ({ ...text('This tool intentionally returns an error for testing'), isError: true })),
  tool('test_tool_with_progress', 'Reports progress.', async ({ progress }) => {
    for (const value of [0, 50, 100]) {
      progress(value, 100)
      await sleep(50)
    }
    return text('Progress complete.')
  }),
  tool('test_tool_with_logging', 'Logs three times.', async ({ log }) => {
    for (const line of ['Tool execution started', 'Tool processing data', 'Tool execution completed']) {
      log('info', line)
      await sleep(50)
    }
    return text('Logging complete.')
  }),
  tool('test_reconnection', 'Breaks its stream, and answers to who takes it up again.', async ({ dropStream }) => {
    dropStream()
    await sleep(100)
    return text('Reconnection test completed.')
  }),
  tool('test_logging_tool', 'Logs once, for those who want it.', ({ log }) => {
    log('info', 'A log message')
    return text('Logged.')
  }),
  { listed: { name: 'json_schema_2020_12_tool', description: 'Only listed.', inputSchema: SCHEMA_2020_12 }, run: () => text('Not meant to be called.') },
  tool('test_missing_capability', 'Needs sampling.', ({ capabilities }) => {
    if (capabilities['sampling'] !== undefined) return text('The client can sample.')
    throw new FixtureError(-32021, 'Missing required client capability', { requiredCapabilities: { sampling: {} } })
  }),
  tool('test_streaming_elicitation', 'Answers without asking.', () => text('No question was asked.')),
  tool('test_trigger_tool_change', 'Changes the list of tools.', ({ changeList }) => {
    changeList('tools')
    return text('The list of tools changed.')
  }),
  tool('test_trigger_prompt_change', 'Changes the list of prompts.', ({ changeList }) => {
    changeList('prompts')
    return text('The list of prompts changed.')
  }),
  tool('test_touch_watched', 'Changes the watched resource.', ({ touch }) => {
    touch('test://watched-resource')
    return text('Touched.')
  }),
  tool('test_x_mcp_header', 'Wants a parameter as a header.', ({ arguments: given }) => text(`region=${asString(given['region'])}`), {
    region: { type: 'string', 'x-mcp-header': 'Region' },
  }),
  tool('test_array_output', 'Structured content that is no object.', () => ({ ...text('[1,2]'), structuredContent: [1, 2] }), {}, { outputSchema: { type: 'array', items: { type: 'number' } } }),
]
