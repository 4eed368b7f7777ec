import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { answerMcp, startFakeGateway, type Answer, type FakeGateway } from './fake-gateway.ts'
import { createCliFolder, runCli, startCli, type CliFolder, type CliOutcome } from './run-cli.ts'

let folder: CliFolder
let gateway: FakeGateway | undefined
beforeEach(() => {
  folder = createCliFolder()
})
afterEach(async () => {
  await gateway?.[Symbol.asyncDispose]()
  gateway = undefined
  folder[Symbol.dispose]()
})

async function run(answer: Answer, args: readonly string[], environment: Readonly<Record<string, string>> = {}): Promise<CliOutcome> {
  gateway = await startFakeGateway(answer)
  return runCli([...args, '--url', gateway.url], { cwd: folder.path, environment })
}

const errorOf = ({ stderr }: CliOutcome): unknown => (JSON.parse(stderr.trimEnd().split('\n').at(-1) ?? '') as { error: unknown }).error
const refuse = (status: number, body: string): Answer => (_request, response) => void response.writeHead(status, { 'x-trunkline-request-id': 'req_1' }).end(body)

const TOOL = {
  name: 'typed',
  inputSchema: {
    type: 'object',
    properties: { n: { type: 'integer' }, s: { type: 'string' }, b: { type: 'boolean' }, o: { type: 'object' }, l: { type: 'array' }, e: { anyOf: [{ type: 'null' }, { type: 'number' }] } },
    required: ['n'],
    additionalProperties: false,
  },
}

describe('exit codes', () => {
  it.each([
    [401, 3],
    [403, 3],
    [404, 6],
    [409, 7],
    [503, 4],
    [504, 4],
    [500, 1],
  ])('HTTP %i → %i, with the gateway’s own sentence and request id', async (status, code) => {
    const outcome = await run(refuse(status, '{"title":"T","detail":"Because of that."}'), ['servers', '--json'])
    expect(outcome).toMatchObject({ code, stdout: '' })
    expect(errorOf(outcome)).toMatchObject({ code: `http_${status}`, message: 'Because of that.', requestId: 'req_1' })
  })

  it('says how to give a key when one is asked for, and never takes it as a flag', async () => {
    const outcome = await run(refuse(401, '{"error":{"message":"No key."}}'), ['tools'])
    expect(outcome.stderr).toBe('trunkline: No key.\nSet `TRUNKLINE_API_KEY`, or name a file that holds the key with `--key-file`.\n')
    expect(await runCli(['tools', '--key', 'x'], { cwd: folder.path })).toMatchObject({ code: 2 })
  })

  it('4 for something that is no gateway, and for a redirect', async () => {
    expect(await run((_request, response) => void response.end('<html>'), ['servers'])).toMatchObject({ code: 4 })
    const redirect: Answer = (_request, response) => void response.writeHead(302, { location: 'http://127.0.0.1:1/' }).end()
    expect(await runRedirect(redirect)).toMatchObject({ code: 4 })
  })

  async function runRedirect(answer: Answer): Promise<CliOutcome> {
    await gateway?.[Symbol.asyncDispose]()
    return run(answer, ['servers'])
  }

  it('5 for a tool’s own error, which goes to stderr, and for an RPC error', async () => {
    const failing = await run(answerMcp({ 'tools/list': { tools: [TOOL] }, 'tools/call': { isError: true, content: [{ type: 'text', text: 'disk is full' }] } }), ['call', 's/typed', 'n=1'])
    expect(failing).toMatchObject({ code: 5, stdout: '', stderr: 'trunkline: disk is full\n' })
    await gateway?.[Symbol.asyncDispose]()
    const refused = await run(answerMcp({ 'tools/list': { tools: [TOOL] }, 'tools/call': { error: { code: -32_602, message: 'bad n' } } }), ['call', 's/typed', 'n=1', '--json'])
    expect(refused.code).toBe(5)
    expect(errorOf(refused)).toEqual({ code: 'rpc_-32602', message: 'tools/call: bad n' })
  })

  it('4 for a call that takes longer than it may', async () => {
    const answer = answerMcp({ 'tools/list': { tools: [TOOL] } })
    const outcome = await run((request, response, body) => (body.includes('tools/call') ? undefined : answer(request, response, body)), ['call', 's/typed', 'n=1', '--timeout', '5s'])
    expect(outcome).toMatchObject({ code: 4, stdout: '' })
    expect(outcome.stderr).toContain('within 5000 ms')
  })

  it('6 for a tool that is not there, with the nearest', async () => {
    const outcome = await run(answerMcp({ 'tools/list': { tools: [TOOL] } }), ['call', 's/tpyed', '--json'])
    expect(outcome.code).toBe(6)
    expect(errorOf(outcome)).toMatchObject({ code: 'unknown_tool', hint: 'Did you mean `typed`?' })
  })

  it('130 for Ctrl-C while it waits', async () => {
    gateway = await startFakeGateway(() => {})
    await using running = startCli(['servers', '--url', gateway.url, '--json'], { cwd: folder.path })
    await new Promise<void>((resolve) => {
      const timer = setInterval(() => {
        if (gateway?.requests.length === 0) return
        clearInterval(timer)
        resolve()
      }, 10)
    })
    running.process.kill('SIGINT')
    const outcome = await running.outcome
    expect(outcome).toMatchObject({ code: 130, signal: null })
    expect(errorOf(outcome)).toMatchObject({ code: 'interrupted' })
  })
})

describe('trunkline call', () => {
  const call = async (args: readonly string[], asStream = false): Promise<{ outcome: CliOutcome; sent: unknown }> => {
    let sent: unknown
    const answer = answerMcp({ 'tools/list': { tools: [TOOL] }, 'tools/call': { content: [{ type: 'text', text: 'one\u001b[2Jtwo' }, { type: 'image', mimeType: 'image/png', data: 'AAAA' }], structuredContent: { ok: 1 } } }, asStream)
    const outcome = await run((request, response, body) => {
      const { method, params } = JSON.parse(body || '{}') as { method?: string; params?: { arguments: unknown } }
      if (method === 'tools/call') sent = params?.arguments
      answer(request, response, body)
    }, ['call', 's/typed', ...args])
    return { outcome, sent }
  }

  it('reads arguments as the types of the tool’s schema', async () => {
    const { sent, outcome } = await call(['n=3', 's=3', 'b=true', 'o={"a":1}', 'l=[1]', 'e=null'])
    expect(sent).toEqual({ n: 3, s: '3', b: true, o: { a: 1 }, l: [1], e: null })
    expect(outcome.code).toBe(0)
  })

  it('adds pairs to --args-json, and keeps an equals sign in a value', async () => {
    const { sent } = await call(['--args-json', '{"n":1,"s":"x"}', 's=a=b'])
    expect(sent).toEqual({ n: 1, s: 'a=b' })
  })

  it.each([
    ['n=3.5', 'Expected `n` to be integer, got `3.5`.'],
    ['b=yes', 'Expected `b` to be boolean, got `yes`.'],
    ['nn=1', 'The tool has no argument `nn`.'],
    ['=1', 'Expected arguments as `name=value`, got `=1`.'],
  ])('refuses %s', async (pair, message) => {
    const { outcome, sent } = await call([pair])
    expect(outcome.code).toBe(2)
    expect(outcome.stderr).toContain(message)
    expect(sent).toBeUndefined()
  })

  it('prints texts without control bytes, and of an image what it is', async () => {
    const { outcome } = await call(['n=1'], true)
    expect(outcome.stdout).toBe('one·[2Jtwo\n[image image/png, 3 bytes; --json shows it]\n')
  })

  it('prints the whole result as JSON, as it came', async () => {
    const { outcome } = await call(['n=1', '--json'])
    expect(JSON.parse(outcome.stdout)).toMatchObject({ structuredContent: { ok: 1 }, content: [{ text: 'one\u001b[2Jtwo' }, { data: 'AAAA' }] })
  })

  it('closes its session', async () => {
    await call(['n=1'])
    expect(gateway?.requests.at(-1)).toMatchObject({ method: 'DELETE', url: '/mcp/s' })
  })
})

describe('keys', () => {
  const health = answerMcp({})

  it('come from the variable or the file, the file first', async () => {
    await run(health, ['servers'], { TRUNKLINE_API_KEY: 'of-variable' })
    expect(gateway?.requests[0]?.authorization).toBe('Bearer of-variable')
    const file = folder.write('key.txt', 'of-file\n')
    await gateway?.[Symbol.asyncDispose]()
    await run(health, ['servers', '--key-file', file], { TRUNKLINE_API_KEY: 'of-variable' })
    expect(gateway?.requests[0]?.authorization).toBe('Bearer of-file')
  })

  it('of the configuration are not sent to an address that the command line names', async () => {
    folder.write('trunkline.yaml', 'auth: { keys: [ { name: a, key: configured-key } ] }')
    await run(health, ['servers'])
    expect(gateway?.requests).toMatchObject([{ authorization: undefined }])
  })

  it('of the configuration are used for the configured address', async () => {
    gateway = await startFakeGateway(health)
    folder.write('trunkline.yaml', `server: { port: ${new URL(gateway.url).port} }\nauth: { keys: [ { name: a, key: configured-key } ] }`)
    expect(await runCli(['servers'], { cwd: folder.path })).toMatchObject({ code: 0 })
    expect(gateway.requests).toMatchObject([{ authorization: 'Bearer configured-key' }])
  })
})

describe('trunkline tools', () => {
  const page = (items: readonly object[], next: string | null, missing: readonly object[] = []): string => JSON.stringify({ items, next, missing })

  it('lists every page, with definitions as they are, and names on stderr what is missing', async () => {
    const asked: string[] = []
    const outcome = await run((request, response) => {
      asked.push(request.url ?? '')
      const definition = { ...TOOL, name: `t${asked.length}`, description: 'First\tline\nsecond' }
      const missing = [{ server: 'bad', state: 'failed', reason: 'no binary' }, { server: 's', state: 'backing-off', reason: 'It crashed.' }]
      response.end(page([{ server: 's', tool: definition.name, name: `s__${definition.name}`, definition }], asked.length < 3 ? `c${asked.length}` : null, missing))
    }, ['tools', '--tag-filter', 'a+!b'])
    expect(outcome).toMatchObject({ code: 0, stderr: 'The server `bad` is failed: no binary; its tools are not listed.\nThe server `s` is backing-off: It crashed; what it listed last is shown.\n' })
    expect(outcome.stdout.split('\n')[0]).toBe('s/t1\tn:integer s?:string b?:boolean o?:object l?:array e?:any\tFirst line')
    expect(outcome.stdout.trimEnd().split('\n')).toHaveLength(3)
    const first = '/api/tools?tag-filter=a%2B!b&schema=true&limit=1000'
    expect(asked).toEqual([first, `${first}&cursor=c1`, `${first}&cursor=c2`])
  })

  it('answers for a server that is not there, or not ready', async () => {
    expect(await run(refuse(404, '{"detail":"There is no `ss`. Did you mean `s`?"}'), ['tools', 'list', 'ss'])).toMatchObject({ code: 6, stderr: 'trunkline: There is no `ss`. Did you mean `s`?\n' })
    await gateway?.[Symbol.asyncDispose]()
    const missing = (_request: unknown, response: { end(text: string): void }): void => response.end(page([], null, [{ server: 's', state: 'failed', reason: 'no binary' }]))
    expect(await run(missing, ['tools', 'list', 's'])).toMatchObject({ code: 4, stdout: '', stderr: 'trunkline: The server `s` is failed: no binary\n' })
  })
})
