import { readFileSync } from 'node:fs'
import { Ajv2020 } from 'ajv/dist/2020.js'
import { describe, expect, it } from 'vitest'
import { parse } from 'yaml'
import { CHAT_ERRORS, clientMessage, clientMessages, serverMessages } from '../../src/surfaces/chat-ws/index.ts'
import { chatAsyncapi } from './support/chat-asyncapi.ts'

const PAGE = new URL('../../docs/reference/chat.asyncapi.yaml', import.meta.url)

interface Documented {
  readonly components: { readonly messages: Readonly<Record<string, { readonly name: string; readonly summary: string; readonly payload: object }>> }
  readonly channels: { readonly chat: { readonly messages: Readonly<Record<string, unknown>> } }
}

const documented = (): Documented => parse(readFileSync(PAGE, 'utf8')) as Documented
const ajv = new Ajv2020({ strict: false, formats: { 'date-time': true } })

/** One message of each kind that clients may send, with all that it may have. */
const EXAMPLES: Readonly<Record<keyof typeof clientMessages, object>> = {
  user_message: { content: 'Hi', request_id: 'r', attachments: [{ name: 'a', url: 'data:text/plain,x' }, { resource: 'demo://readme' }] },
  cancel: {},
  clear_history: {},
  set_config: { model: null, system_prompt: '', tools: 'demo', max_tool_hops: 3, parameters: { temperature: 1 }, streaming: false },
  new_session: { model: 'm' },
  resume: { session_id: 's', after: 5 },
  load_session: { session_id: 's' },
  save_session: { name: 'n' },
  list_sessions: { saved: true, favourite: false },
  rename_session: { session_id: 's', name: 'n' },
  delete_session: { session_id: 's' },
  approval_response: { id: 'i', approved: true, reason: 'r' },
  elicitation_response: { id: 'i', action: 'accept', content: { a: 1 } },
}

describe('docs/reference/chat.asyncapi.yaml', () => {
  it('says what the schemas of the surface say, and nothing else', async () => {
    await expect(chatAsyncapi().text).toMatchFileSnapshot(PAGE.pathname)
    expect(documented()).toEqual(JSON.parse(JSON.stringify(chatAsyncapi().document)))
  })

  it('lists every message with a summary, and no other', () => {
    const { components, channels } = documented()
    const names = [...Object.keys(clientMessages).map((name) => `client_${name}`), ...Object.keys(serverMessages).map((name) => `server_${name}`)]
    expect(Object.keys(components.messages)).toEqual(names)
    expect(Object.keys(channels.chat.messages)).toEqual(names)
    for (const { summary } of Object.values(components.messages)) expect(summary).toMatch(/\.$/)
  })

  it.each(Object.entries(EXAMPLES))('accepts and refuses what the gateway does: %s', (type, members) => {
    const validate = ajv.compile(documented().components.messages[`client_${type}`]?.payload ?? false)
    const good = { type, ...members }
    const bad = [{ ...good, more: 1 }, { ...good, type: 'other' }, { ...good, request_id: 5 }]
    expect([validate(good), clientMessage.safeParse(good).success]).toEqual([true, true])
    for (const message of bad) expect([validate(message), clientMessage.safeParse(message).success]).toEqual([false, false])
  })
})

describe('docs/reference/chat.md', () => {
  it('names every message and every error', () => {
    const page = readFileSync(new URL('../../docs/reference/chat.md', import.meta.url), 'utf8')
    for (const name of [...Object.keys(clientMessages), ...Object.keys(serverMessages), ...CHAT_ERRORS]) expect(page).toContain(`\`${name}\``)
  })
})
