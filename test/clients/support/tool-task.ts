import type { RecordedRequest, Script, ScriptedTool } from '../../../sim/index.ts'

/** What the shell prints only if it has run: the requests that ask for it have another text. */
const RESULTS = ['trunkline-hi', 'trunkline-ho']

/** Called at once, so that parallel calls and their results find their way, too. */
export const COMMANDS = ["printf 'trunkline-%s' hi", "printf 'trunkline-%s' ho"] as const

/** A tool of the gateway's, and what it answers: the arguments do not say it. */
const INJECTED: ScriptedTool = { name: 'demo__add', arguments: '{"a":470000,"b":11}' }
const SUM = /470011/g

/** Whether the gateway's own calls, of both turns, are there with their results. */
export const hasInjectedResults = (request: RecordedRequest): boolean => (textOf(request).match(SUM) ?? []).length >= 2

/** What the model's reasoning is sealed with. */
export const SEAL = 'sim-seal-AbC='
export const PROMPT = 'Run echo hi in the shell and tell me what it printed.'
export const FINAL_TEXT = 'The tool has run and the task is done.'

/** An agent's own tool that runs a command; arguments are JSON text, or the input of a custom tool. */
export interface ShellTool extends Pick<ScriptedTool, 'name' | 'namespace' | 'custom'> {
  argumentsFor(command: string): string
}

export interface TaskOptions {
  /** The connection is reset in the middle of the first answer that has the calls, and the agent has to ask again. */
  readonly breaks?: boolean
  readonly aside?: string
  /** Beside the agent's own calls the model makes one of a tool of the gateway's, in a turn before and in the same turn. */
  readonly injects?: boolean
}

const textOf = ({ body }: RecordedRequest): string => body.toString('utf8')

export const hasToolResult = (request: RecordedRequest): boolean => RESULTS.every((result) => textOf(request).includes(result))

/**
 * Plays a model that calls the agent’s shell twice at once and then concludes. Requests without that tool (titles, summaries,
 * choices of a model) get `aside` and do not count.
 */
export function scriptToolTask({ argumentsFor, ...tool }: ShellTool, { breaks = false, aside = 'A short title', injects = false }: TaskOptions = {}): (request: RecordedRequest) => Script {
  let answers = 0
  const enough = breaks ? 2 : 1
  const own = COMMANDS.map((command) => ({ ...tool, arguments: argumentsFor(command) }))
  const tools = injects ? [...own, INJECTED] : own
  return (request) => {
    if (hasToolResult(request)) return { text: FINAL_TEXT }
    if (!textOf(request).includes(`"${tool.name}"`)) return { text: aside }
    if (injects && textOf(request).match(SUM) === null) return { tools: [INJECTED], firstCall: 40 }
    answers++
    if (answers > enough) return { text: 'The tool results never came.' }
    const answer: Script = { tools, reasoning: 'The user wants commands run.', seal: SEAL }
    return breaks && answers === 1 ? { ...answer, fault: 'cut', after: 6 } : answer
  }
}
