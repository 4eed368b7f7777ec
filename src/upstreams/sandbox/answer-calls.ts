import { Buffer } from 'node:buffer'
import { toJsonText, type JsonText } from '../../lib/json-text.ts'
import type { Deadline } from './deadline.ts'
import { createPlaces } from './places.ts'
import type { ScriptCall } from './read-message.ts'
import type { SandboxSettings } from '../../domain/sandbox-settings.ts'
import type { ScriptAnswer, ScriptJob } from './script-job.ts'

const refusal = (message: string): ScriptAnswer => ({ isError: true, value: toJsonText({ message }) })

/** The calls of one script: so many in all, so many at a time. */
export interface CallAnswers {
  readonly count: number
  /** The line that answers a call. Never rejects. */
  answer(id: number, call: ScriptCall): Promise<string>
}

export function createCallAnswers(job: ScriptJob, limits: Pick<SandboxSettings, 'calls' | 'parallelCalls' | 'messageBytes'>, signal: AbortSignal, deadline: Deadline): CallAnswers {
  const places = createPlaces(limits.parallelCalls)
  const asked = new Set<number>()

  async function answerOf(call: ScriptCall): Promise<ScriptAnswer> {
    if (asked.size > limits.calls) return refusal(`A script may make ${limits.calls} calls of tools (\`mcp.code.maxCalls\`).`)
    try {
      using _place = await places.enter(signal)
      const answer = await job.call(call, { signal, hold: () => deadline.hold() })
      return Buffer.byteLength(answer.value) <= limits.messageBytes ? answer : refusal(`The result of this call is larger than the ${limits.messageBytes} bytes that a script can take.`)
    } catch (error) {
      return refusal(error instanceof Error ? error.message : 'The call failed.')
    }
  }

  return {
    get count() {
      return Math.min(asked.size, limits.calls)
    },
    async answer(id, call) {
      // One id has one answer, or a process that forges messages could confuse one call with another.
      const { isError, value } = asked.has(id) ? refusal('This call was made before.') : await answerOf((asked.add(id), call))
      return `{"kind":"${isError ? 'error' : 'result'}","id":${id},"value":${oneLine(value)}}\n`
    },
  }
}

/** Between tokens of JSON a line break means nothing, and inside of strings it cannot be. */
function oneLine(json: JsonText): string {
  return json.includes('\n') || json.includes('\r') ? json.replaceAll(/[\r\n]+/g, ' ') : json
}
