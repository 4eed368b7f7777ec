import { describe, expect, it } from 'vitest'
import type { SandboxSettings } from '../../domain/sandbox-settings.ts'
import type { JsonText } from '../../lib/json-text.ts'
import { silentLogger } from '../../telemetry/index.ts'
import { ForeignMessage, readScriptMessage, type ScriptCall } from './read-message.ts'
import { runScript } from './run-script.ts'
import type { ScriptEnd } from './script-job.ts'

const SETTINGS: SandboxSettings = { sandbox: 'auto', timeoutMs: 60_000, memoryBytes: 64 * 1024 * 1024, outputBytes: 100, messageBytes: 10_000, calls: 5, parallelCalls: 2, processes: 1 }

/** A process that was taken over altogether: it writes what it likes. */
async function takenOver(shell: string): Promise<{ readonly end: ScriptEnd; readonly calls: readonly ScriptCall[] }> {
  const calls: ScriptCall[] = []
  const launcher = { before: ['/bin/sh', '-c', shell, 'sh'], node: process.execPath, isBubblewrapped: false, warning: undefined }
  const end = await runScript(
    {
      script: 'return 1',
      names: {},
      signal: new AbortController().signal,
      async call(call) {
        calls.push(call)
        return { isError: false, value: '{"secret":1}' as JsonText }
      },
    },
    { launcher, settings: SETTINGS, logger: silentLogger, watch: undefined },
  )
  return { end, calls }
}

const say = (...messages: readonly string[]): string => messages.map((message) => `printf '%s\\n' '${message}'`).join('; ')
const CALL = '{"kind":"call","id":1,"call":{"server":"a","tool":"b","arguments":{"__proto__":{"x":1}}}}'

describe('readScriptMessage', () => {
  it.each([
    'x', '1', 'null', '[]', '{}', '{"kind":"start"}', '{"kind":"call","id":1}', '{"kind":"call","id":"1","call":{"name":"x"}}', '{"kind":"call","id":-1,"call":{"name":"x"}}', '{"kind":"call","id":1.5,"call":{"name":"x"}}',
    '{"kind":"call","id":1,"call":{"server":"a"}}', '{"kind":"call","id":1,"call":"x"}', '{"kind":"log","text":1}', '{"kind":"unseen","count":-1}', '{"__proto__":{"kind":"done"}}', '{"kind":["done"]}',
  ])('refuses %s', (line) => {
    expect(() => readScriptMessage(line)).toThrow(ForeignMessage)
  })

  it('takes nothing from what else is in a message', () => {
    expect(readScriptMessage('{"kind":"call","id":1,"principal":"root","call":{"name":"x","principal":"root","arguments":{"a":1}}}')).toEqual({ kind: 'call', id: 1, call: { kind: 'named', name: 'x', arguments: '{"a":1}' } })
    expect(readScriptMessage('{"kind":"failed","error":{"name":7,"message":{},"line":"x"}}')).toEqual({ kind: 'failed', error: { name: 'Error', message: '', line: undefined } })
  })
})

describe('a process that forges messages', () => {
  it.each([
    ['what is no message', say('hello'), /no message/],
    ['a message that is too long', 'head -c 20000 /dev/zero | tr "\\\\0" x', /more than 10000 bytes/],
    ['a flood of messages', 'yes \'{"kind":"log","text":""}\'', /far more/],
    ['nothing, and ends', 'exit 3', /ended by itself \(exit code 3\)/],
    ['nothing, and is killed', 'kill -9 $$', /ended by itself \(signal SIGKILL\)/],
  ])('is ended when it sends %s', async (_what, shell, why) => {
    const { end } = await takenOver(shell)
    expect(end.outcome).toMatchObject({ kind: 'ended', why: expect.stringMatching(why) as string })
  })

  it('gets one answer for one id, and calls like any script', async () => {
    const { end, calls } = await takenOver(`${say(CALL, CALL)}; read -r start; read -r one; read -r two; printf '{"kind":"log","text":"%s"}\\n' "$(printf '%s' "$one$two" | tr -d '"')"; ${say('{"kind":"done","value":1}', CALL.replace('"id":1', '"id":2'))}; sleep 5`)
    expect(calls).toHaveLength(1)
    expect(end).toMatchObject({ outcome: { kind: 'returned', value: '1' }, calls: 1 })
    expect(end.console).toContain('This call was made before.')
    expect(({} as Record<string, unknown>)['x']).toBeUndefined()
  })

  it('is not believed after it said that it is done', async () => {
    const { end } = await takenOver(`${say('{"kind":"done","value":"first"}', '{"kind":"done","value":"second"}')}; sleep 5`)
    expect(end.outcome).toEqual({ kind: 'returned', value: '"first"' })
  })
})
