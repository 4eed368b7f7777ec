import { describe, expect, it } from 'vitest'
import { createProviderSimulator } from '../../sim/index.ts'
import { testServerPath } from '../../sim/mcp-servers/index.ts'
import { clientMessages, serverMessages } from '../../src/surfaces/chat-ws/index.ts'
import { defineProvider } from '../support/model-gateway.ts'
import { findBrowser, startBrowser } from './support/browser.ts'
import { keyOf, startChatGateway } from './support/chat-gateway.ts'

const browserPath = findBrowser()

/** A chat client of a page, in the page's own words. */
const CLIENT = (key: string): string => `
  window.open_ = (query = '') => new Promise((resolve, reject) => {
    const key = btoa(${JSON.stringify(key)}).replaceAll('+', '-').replaceAll('/', '_').replaceAll('=', '')
    const socket = new WebSocket(location.origin.replace('http', 'ws') + '/ws/chat' + query, ['trunkline.chat.v1', 'trunkline.key.' + key])
    const chat = { told: [], unread: [], sent: new Set(), look: () => {}, send(message) { chat.sent.add(message.type); socket.send(JSON.stringify(message)) } }
    chat.next = (type) => new Promise((found, lost) => {
      const timer = setTimeout(() => lost(new Error('no ' + type + ', but ' + chat.told.slice(-4).map(({ type, code }) => type + (code ?? '')))), 60000)
      chat.look = () => {
        const index = chat.unread.findIndex((message) => message.type === type)
        if (index < 0) return
        clearTimeout(timer)
        chat.look = () => {}
        found(chat.unread.splice(0, index + 1).at(-1))
      }
      chat.look()
    })
    socket.onmessage = ({ data }) => { const message = JSON.parse(data); chat.told.push(message); chat.unread.push(message); chat.look() }
    socket.onerror = () => reject(new Error('refused'))
    socket.onopen = () => { window.chat = chat; resolve(socket.protocol) }
  })
  window.textOf = () => chat.told.filter(({ type }) => type === 'assistant_delta').map(({ content }) => content ?? '').join('')
`

/** Everything that a client can say, in one sitting. */
const EVERYTHING = `(async () => {
  const { session } = await chat.next('session_ready')
  chat.send({ type: 'set_config', tools: 'demo' })
  await chat.next('session_changed')
  chat.send({ type: 'user_message', content: 'Add.' })
  chat.send({ type: 'approval_response', id: (await chat.next('approval_request')).id, approved: true })
  await chat.next('assistant_message')
  chat.send({ type: 'set_config', tools: 'echo' })
  chat.send({ type: 'user_message', content: 'Ask.' })
  chat.send({ type: 'approval_response', id: (await chat.next('approval_request')).id, approved: true })
  chat.send({ type: 'elicitation_response', id: (await chat.next('elicitation')).id, action: 'accept', content: { a: 1 } })
  await chat.next('assistant_message')
  chat.send({ type: 'user_message', content: 'Talk.' })
  await chat.next('assistant_delta')
  chat.send({ type: 'cancel' })
  const cut = await chat.next('assistant_message')
  chat.send({ type: 'save_session', name: 'Kept' })
  await chat.next('session_saved')
  chat.send({ type: 'rename_session', name: 'Renamed' })
  await chat.next('session_renamed')
  chat.send({ type: 'new_session' })
  await chat.next('session_ready')
  chat.send({ type: 'list_sessions' })
  const { sessions } = await chat.next('session_list')
  chat.send({ type: 'load_session', session_id: session.id })
  await chat.next('session_loaded')
  chat.send({ type: 'resume', session_id: session.id, after: cut.seq })
  await chat.next('session_ready')
  chat.send({ type: 'clear_history' })
  await chat.next('session_cleared')
  chat.send({ type: 'delete_session', session_id: session.id })
  await chat.next('session_deleted')
  chat.send({ type: 'load_session', session_id: session.id })
  await chat.next('error')
  return { cut: cut.state, titles: sessions.map(({ title }) => title), sent: [...chat.sent], heard: [...new Set(chat.told.map(({ type }) => type))] }
})()`

const WORDS = Array.from({ length: 80 }, (_, index) => `w${index}`).join(' ')

describe.runIf(browserPath !== undefined)('a page in a browser', () => {
  it('speaks all messages, and finds its answer again in a new tab when the first was closed in the middle of it', async () => {
    const sim = await createProviderSimulator()
    const echo = { kind: 'stdio', command: process.execPath, args: [testServerPath('echo')], env: {}, inheritEnv: [], cwd: undefined } as const
    await using gateway = await startChatGateway({ providers: [defineProvider('sim', sim.url)], servers: { demo: { kind: 'builtin', name: 'demo' }, echo }, chat: { model: 'sim/echo' }, runs: { approval: 'always' }, principals: { ada: [] } })
    await using browser = await startBrowser(browserPath ?? '')
    const page = await browser.open(`${gateway.url}/ws/chat`)
    await page.run(CLIENT(keyOf('ada')))
    expect(await page.run('open_()')).toBe('trunkline.chat.v1')
    sim.script({ tool: 'demo__add', toolArguments: '{"a":2,"b":3}' }, { text: '5' }, { tool: 'echo__ask', toolArguments: '{"method":"elicitation/create"}', firstCall: 7 }, { text: 'ok' }, { text: WORDS, intervalMs: 500 })
    const outcome = (await page.run(EVERYTHING)) as { readonly cut: string; readonly titles: readonly string[]; readonly sent: readonly string[]; readonly heard: readonly string[] }
    expect(outcome).toMatchObject({ cut: 'interrupted', titles: ['Renamed'] })
    expect(new Set(outcome.sent)).toEqual(new Set(Object.keys(clientMessages)))
    expect(new Set(outcome.heard)).toEqual(new Set(Object.keys(serverMessages)))

    sim.script({ text: WORDS, intervalMs: 40 })
    await page.run('open_()')
    const before = (await page.run(`(async () => {
      const { session } = await chat.next('session_ready')
      chat.send({ type: 'user_message', content: 'Talk.' })
      for (let n = 0; n < 12; n++) await chat.next('assistant_delta')
      return { id: session.id, text: textOf(), seq: chat.told.at(-1).seq }
    })()`)) as { readonly id: string; readonly text: string; readonly seq: number }
    await page.close()
    const tab = await browser.open(`${gateway.url}/ws/chat`)
    await tab.run(CLIENT(keyOf('ada')))
    await tab.run(`open_('?session=${before.id}&after=${before.seq}')`)
    const after = (await tab.run(`(async () => ({ content: (await chat.next('assistant_message')).content, text: textOf() }))()`)) as { readonly content: string; readonly text: string }
    expect(after.content).toBe(WORDS)
    expect(before.text + after.text).toBe(WORDS)
    await sim.close()
  })

  it('is refused without a key, and from a page of a foreign origin', async () => {
    await using gateway = await startChatGateway({ providers: [], principals: { ada: [] } })
    await using browser = await startBrowser(browserPath ?? '')
    const page = await browser.open(`${gateway.url}/ws/chat`)
    await page.run(CLIENT('sk-wrong-0000'))
    await expect(page.run('open_()')).rejects.toThrow('refused')
    const sandboxed = await page.run(`new Promise((resolve) => {
      const frame = document.createElement('iframe')
      frame.sandbox = 'allow-scripts'
      frame.srcdoc = '<script>const s = new WebSocket("${gateway.wsUrl}/ws/chat", ["trunkline.chat.v1", "trunkline.key.${Buffer.from(keyOf('ada')).toString('base64url')}"]); s.onopen = () => parent.postMessage("open", "*"); s.onerror = () => parent.postMessage("refused", "*")</' + 'script>'
      addEventListener('message', ({ data }) => resolve(data))
      document.body.append(frame)
    })`)
    expect(sandboxed).toBe('refused')
  })
})
