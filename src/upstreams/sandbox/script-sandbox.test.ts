import { execFileSync } from 'node:child_process'
import { afterAll, describe, expect, it } from 'vitest'
import { parseJsonText, toJsonText, type JsonText } from '../../lib/json-text.ts'
import { silentLogger } from '../../telemetry/index.ts'
import { findLauncher } from './launcher.ts'
import type { ScriptCall } from './read-message.ts'
import { runScript } from './run-script.ts'
import type { SandboxSettings } from '../../domain/sandbox-settings.ts'
import type { ScriptAnswer, ScriptEnd, ScriptJob } from './script-job.ts'
import { createScriptSandbox, type ScriptSandbox } from './script-sandbox.ts'

const SETTINGS: SandboxSettings = { sandbox: 'auto', timeoutMs: 60_000, memoryBytes: 64 * 1024 * 1024, outputBytes: 1_000, messageBytes: 1_000_000, calls: 20, parallelCalls: 4, processes: 4 }
const NAMES = { calc: ['add', 'get_sum'] }

const echo = (call: ScriptCall): Promise<ScriptAnswer> => Promise.resolve({ isError: false, value: toJsonText({ ...call, arguments: call.arguments === undefined ? null : parseJsonText(call.arguments) }) })

const sandbox = createScriptSandbox({ settings: SETTINGS, logger: silentLogger })
afterAll(() => sandbox[Symbol.asyncDispose]())

type Given = Partial<ScriptJob>
const run = (script: string, given: Given = {}, used: ScriptSandbox = sandbox): Promise<ScriptEnd> => used.run({ script, names: NAMES, signal: new AbortController().signal, call: echo, ...given })

async function valueOf(script: string, given: Given = {}): Promise<unknown> {
  const { outcome } = await run(script, given)
  if (outcome.kind !== 'returned') throw new Error(JSON.stringify(outcome))
  return outcome.value === undefined ? undefined : parseJsonText(outcome.value)
}

async function messageOf(script: string, given: Given = {}): Promise<string> {
  const { outcome } = await run(script, given)
  if (outcome.kind === 'threw') return `${outcome.error.name}: ${outcome.error.message}`
  return outcome.kind === 'ended' ? outcome.why : `returned ${outcome.value}`
}

describe.concurrent('a script', () => {
  it.each([
    ['return 1 + 1', 2],
    ['const x: number = 20; interface Y { z: number }; return (x as Y["z"]) + 1', 21],
    ['return { a: [1, null], m: new Map([["k", 1n]]), s: new Set([2]), d: new Date(0) }', { a: [1, null], m: { k: '1' }, s: [2], d: '1970-01-01T00:00:00.000Z' }],
    ['const nothing = 1', undefined],
    ['await sleep(5); return await new Promise((go) => setTimeout(go, 5, "late"))', 'late'],
    ['return [Object.keys(tools), Object.keys(tools.calc), "add" in tools.calc, "x" in tools.calc]', [['calc'], ['add', 'get_sum'], true, false]],
    ['return await tools.calc.add({ a: 1 })', { kind: 'placed', server: 'calc', tool: 'add', arguments: { a: 1 } }],
    ['return await tools["my-server"]["a.b"]()', { kind: 'placed', server: 'my-server', tool: 'a.b', arguments: null }],
    ['return await callTool("calc__add", { a: 1 })', { kind: 'named', name: 'calc__add', arguments: { a: 1 } }],
    ['return (await Promise.all([1, 2, 3].map((a) => tools.calc.add({ a })))).map(({ arguments: { a } }) => a)', [1, 2, 3]],
    ['return "// a comment at the end" // and here', '// a comment at the end'],
    ['const t = await tools; return typeof t.calc', 'object'],
  ])('%s', async (script, value) => {
    expect(await valueOf(script)).toEqual(value)
  })

  it('catches a failed call as a ToolError with what the call gave', async () => {
    const call = (): Promise<ScriptAnswer> => Promise.resolve({ isError: true, value: toJsonText({ message: 'no such city', tool: 'calc__add', content: [{ type: 'text', text: 'no' }] }) })
    const script = 'try { await tools.calc.add() } catch (e) { return [e instanceof ToolError, e instanceof Error, e.name, e.message, e.tool, e.content[0].text] }'
    expect(await valueOf(script, { call })).toEqual([true, true, 'ToolError', 'no such city', 'calc__add', 'no'])
    expect(await messageOf('await tools.calc.add()', { call })).toBe('ToolError: no such city')
  })

  it('says where it went wrong', async () => {
    const failed = async (script: string): Promise<unknown> => (await run(script)).outcome
    expect(await failed('const a = 1\n\nnull.x')).toMatchObject({ kind: 'threw', error: { name: 'TypeError', line: 3 } })
    expect(await failed('const a = 1\nconst = 2')).toMatchObject({ kind: 'threw', error: { name: 'SyntaxError', line: 2 } })
    expect(await failed('throw { code: 7 }')).toMatchObject({ kind: 'threw', error: { message: 'The script threw {"code":7}' } })
    expect(await messageOf('const x = {}; x.x = x; return x')).toMatch(/circular/)
    expect(await messageOf('await new Promise(() => {})')).toMatch(/waits for something that never comes/)
  })

  it('has a console that is collected and bounded, and cannot flood', async () => {
    const { console } = await run('console.log("a", { b: 1 }); console.warn("c"); console.error(new Error("d").message)')
    expect(console).toBe('a {"b":1}\nwarn: c\nerror: d')
    const flood = await run('for (let i = 0; i < 5_000; i++) console.log("0123456789"); return 1')
    expect(flood.outcome).toEqual({ kind: 'returned', value: '1' })
    expect(flood.console.length).toBeLessThan(1_100)
    expect(flood.unseen).toBeGreaterThan(4_500)
    expect(await messageOf('return "x".repeat(3_000_000)')).toMatch(/more than 1000000 bytes at once/)
  })

  it('makes so many calls and no more, so many at a time', async () => {
    let [open, most] = [0, 0]
    const call = async (): Promise<ScriptAnswer> => {
      most = Math.max(most, ++open)
      await new Promise((resolve) => setTimeout(resolve, 5))
      open--
      return { isError: false, value: '1' as JsonText }
    }
    const script = 'const all = await Promise.allSettled(Array.from({ length: 25 }, () => tools.calc.add())); return [all.filter((one) => one.status === "fulfilled").length, all[24].reason.message]'
    expect(await valueOf(script, { call })).toEqual([20, expect.stringContaining('20 calls')])
    expect(most).toBe(4)
    expect(await messageOf('for (;;) tools.calc.add()', { call })).toMatch(/far more calls/)
  })
})

describe.concurrent('what a script cannot reach', () => {
  it.each([
    'return this.constructor.constructor("return process")().version',
    'return (() => {}).constructor("return process")()',
    'return (async () => {}).constructor("return process")()',
    'return globalThis.constructor.constructor("return this")().process.version',
    'return tools.calc.add.constructor("return process")()',
    'return tools.constructor("return process")()',
    'return console.log.constructor("return process")()',
    'return setTimeout.constructor("return process")()',
    'return new ToolError({}).constructor.constructor("return process")()',
    'return (await tools.calc.add()).constructor.constructor("return process")()',
    'try { await tools.calc.add(1n) } catch (e) { return e.constructor.constructor("return process")() }; null.x',
    'return eval("process")',
    'return process.env',
    'return require("fs")',
    'return module.constructor._load("fs")',
    'return await fetch("http://127.0.0.1/")',
    'return Buffer.from("x")',
    'return import.meta.url',
    'return await import("node:fs")',
    'try { return await import("node:child_process") } catch (e) { return e.constructor.constructor("return process")() }',
    'return import("data:text/javascript,export default 1")',
    'return new WebAssembly.Memory({ initial: 1 })',
    'return new Worker("x")',
    'return new SharedArrayBuffer(8)',
    'setTimeout("process.exit()", 1); await sleep(20); null.x',
    'function f() { return f.caller.caller } ; return f().toString()',
    '})(); (async () => { return process.version',
  ])('%s', async (script) => {
    const message = await messageOf(script)
    expect(message).toMatch(/^(?:EvalError: Code generation|ReferenceError: \w+ is not defined|TypeError: (?:Cannot read|tools.constructor is not|'caller'|WebAssembly|Expected a function)|SyntaxError|Error: import\(\) is not available)/)
  })

  it('nothing that can be walked to belongs to another realm', async () => {
    const walk = `
      const seen = new Set(), foreign = []
      const go = (value, path, depth) => {
        if ((typeof value !== 'object' && typeof value !== 'function') || value === null || seen.has(value) || depth > 14) return
        seen.add(value)
        let root = value
        while (Object.getPrototypeOf(root) !== null) root = Object.getPrototypeOf(root)
        if (root !== Object.prototype && root !== value) foreign.push(path)
        if (typeof value === 'function' && value !== Function.prototype && !(value instanceof Function)) foreign.push(path)
        for (const key of Reflect.ownKeys(value)) {
          let own
          try { own = Object.getOwnPropertyDescriptor(value, key) } catch { continue }
          for (const next of own ? [own.value, own.get, own.set] : []) go(next, path + '.' + String(key), depth + 1)
        }
        go(Object.getPrototypeOf(value), path + '.__proto__', depth + 1)
      }
      Error.prepareStackTrace = (error, frames) => frames
      const frames = new Error().stack
      for (const frame of frames) for (const get of ['getThis', 'getFunction', 'getTypeName', 'getEvalOrigin']) go(frame[get](), get, 0)
      const failures = []
      const collect = (run) => { try { const value = run(); value?.catch?.((error) => failures.push(error)) } catch (error) { failures.push(error) } }
      // Errors of a full stack are made in whichever realm was running.
      let limit = 0
      collect(() => (function measure(n) { limit = n; measure(n + 1) })(0))
      const deep = (n) => { if (n > limit - 90 && failures.length < 400) { collect(() => new Error('x').stack); collect(() => console.log('a')); collect(() => sleep(0)); collect(() => callTool('x', { a: 1n })); collect(() => JSON.parse('{')) } deep(n + 1) }
      collect(() => (function shift(n) { return n > 0 ? shift(n - 1) : deep(0) })(7))
      await sleep(5)
      for (const [name, value] of Object.entries({ globalThis, frames, failures, tools, call: tools.calc.add, promise: tools.calc.add().catch(() => {}), generator: (async function* () {})() })) go(value, name, 0)
      return [seen.size > 400, failures.length > 3, foreign]`
    expect(await valueOf(walk)).toEqual([true, true, []])
  })

  it('prototypes that a script changes are its own', async () => {
    const script = `
      Object.prototype.kind = 'done'; Object.prototype.isError = true; Array.prototype.push = () => { throw 1 }; Promise.prototype.then = null
      Object.defineProperty(Object.prototype, 'server', { set() { throw new Error('set') }, get: () => 'other' })
      return 1`
    expect(['returned', 'ended', 'threw']).toContain((await run(script)).outcome.kind)
    expect(({} as Record<string, unknown>)['kind']).toBeUndefined()
    const poisoned = await valueOf('return await tools.calc.add(JSON.parse(\'{"__proto__":{"polluted":1},"constructor":{"prototype":{"polluted":1}}}\'))')
    expect(poisoned).toMatchObject({ arguments: { constructor: { prototype: { polluted: 1 } } } })
    expect(({} as Record<string, unknown>)['polluted']).toBeUndefined()
    expect(await valueOf('return 2')).toBe(2)
  })
})

describe.concurrent('what ends a script', () => {
  it.each([
    ['for (;;) {}', /longer than 0.3 s/],
    ['for (;;) await null', /longer than 0.3 s/],
    ['await sleep(60_000)', /longer than 0.3 s/],
    ['/^(a+)+$/.test("a".repeat(40) + "b")', /longer than 0.3 s/],
  ])('time: %s', async (script, why) => {
    expect(await messageOf(script, { timeoutMs: 300 })).toMatch(why)
  })

  it.each([
    'const all = []; for (;;) all.push(new Array(100_000).fill({}))',
    'const all = []; for (;;) all.push(new Uint8Array(10_000_000).fill(1))',
    'let s = "x"; for (;;) s += s + Math.random()',
    'const all = []; const go = () => all.push(new Array(10_000)) && Promise.resolve().then(go); await go(); await sleep(50_000)',
  ])('memory: %s', async (script) => {
    expect(await messageOf(script)).toMatch(/MB of memory|allocation failed|Invalid string length/)
  })

  it('its client, which also ends the calls that are running', async () => {
    const client = new AbortController()
    const called = Promise.withResolvers<AbortSignal>()
    const call = (_call: ScriptCall, { signal }: { readonly signal: AbortSignal }): Promise<ScriptAnswer> => {
      called.resolve(signal)
      return new Promise(() => {})
    }
    const ran = run('await tools.calc.add()', { call, signal: client.signal })
    const signal = await called.promise
    expect(signal.aborted).toBe(false)
    client.abort(new Error('The client left.'))
    await expect(ran).rejects.toThrow('The client left.')
    expect(signal.aborted).toBe(true)
  })

  it('its own end, which also ends the calls that it did not wait for', async () => {
    const signals: AbortSignal[] = []
    const call = (_call: ScriptCall, { signal }: { readonly signal: AbortSignal }): Promise<ScriptAnswer> => {
      signals.push(signal)
      return new Promise(() => {})
    }
    expect(await valueOf('tools.calc.add(); await sleep(20); return 1', { call })).toBe(1)
    expect(signals.map(({ aborted }) => aborted)).toEqual([true])
  })

  it('but not the time in which somebody is asked', async () => {
    const call = async (_call: ScriptCall, { hold }: { hold(): Disposable }): Promise<ScriptAnswer> => {
      using _held = hold()
      await new Promise((resolve) => setTimeout(resolve, 6_000))
      return { isError: false, value: '"asked"' as JsonText }
    }
    expect(await valueOf('return await tools.calc.add()', { call, timeoutMs: 5_000 })).toBe('asked')
  })
})

describe('the process of a script', () => {
  const childrenOf = (): readonly string[] => execFileSync('ps', ['-eo', 'pid,ppid,args'], { encoding: 'utf8' }).split('\n').filter((row) => row.includes('disallow-code-generation') && !row.includes(' ps '))
  const mine = (): number => childrenOf().filter((row) => row.trim().split(/\s+/)[1] === String(process.pid)).length

  it('is gone when the script is over', async () => {
    await Promise.all(['return 1', 'for (;;) {}', 'throw 1', 'import("x")'].map((script) => run(script, { timeoutMs: 300 })))
    expect(mine()).toBe(0)
  })

  it('is one of few, and the others wait', async () => {
    let most = 0
    const watch = setInterval(() => (most = Math.max(most, mine())), 20)
    const values = await Promise.all(Array.from({ length: 12 }, (_, index) => valueOf(`await sleep(30); return ${index}`)))
    clearInterval(watch)
    expect(values).toEqual(Array.from({ length: 12 }, (_, index) => index))
    expect(most).toBeLessThanOrEqual(SETTINGS.processes)
  })

  it('ends with the sandbox', async () => {
    const own = createScriptSandbox({ settings: SETTINGS, logger: silentLogger })
    const ran = run('await sleep(50_000)', {}, own)
    const outcome = expect(ran).rejects.toThrow('shutting down')
    await own.warning()
    await own[Symbol.asyncDispose]()
    await outcome
    expect(mine()).toBe(0)
  })

  it('without bubblewrap has the same limits', async () => {
    const found = await findLauncher(SETTINGS)
    const limits = found.before.findIndex((part) => part.endsWith('bwrap'))
    const launcher = { before: limits < 0 ? found.before : found.before.slice(0, limits), node: process.execPath, isBubblewrapped: false, warning: undefined }
    const go = (script: string): Promise<ScriptEnd> => runScript({ script, names: NAMES, signal: new AbortController().signal, call: echo, timeoutMs: 30_000 }, { launcher, settings: SETTINGS, logger: silentLogger, watch: undefined })
    expect((await go('return await tools.calc.add()')).outcome).toMatchObject({ kind: 'returned' })
    expect((await go('return process.version')).outcome).toMatchObject({ kind: 'threw' })
    expect((await go('const all = []; for (;;) all.push(new Uint8Array(10_000_000).fill(1))')).outcome.kind).not.toBe('returned')
    expect(mine()).toBe(0)
  })
})
