import { parseJsonText, toJsonText, type JsonText } from '../../lib/json-text.ts'
import { isJsonObject } from '../../lib/json.ts'
import type { CallRequest } from '../calls/index.ts'

/** One rising count for everything that the calls of a script say of their progress, since they know nothing of each other. */
export interface ScriptProgress {
  began(path: string): void
  of(path: string): CallRequest['onProgress']
}

function describe(params: JsonText): string {
  const value = parseJsonText(params)
  if (!isJsonObject(value)) return ''
  const { progress, total, message } = value
  const count = typeof progress === 'number' ? `${progress}${typeof total === 'number' ? `/${total}` : ''}` : ''
  return [count, typeof message === 'string' ? message : ''].filter((part) => part !== '').join(' ')
}

/** `send` takes the params of a notification without its token. */
export function createScriptProgress(send: (params: JsonText) => void): ScriptProgress {
  let count = 0
  const say = (message: string): void => send(toJsonText({ progressToken: '', progress: ++count, message }))
  return {
    began: (path) => say(path),
    of: (path) => (params) => say(`${path}: ${describe(params)}`),
  }
}
