import type { Usage } from '../../domain/usage.ts'
import { isJsonObject } from '../../lib/json.ts'
import type { EventVerdict, StreamWatch } from '../codec.ts'
import { decodeFault } from './error.ts'
import { decodeUsage } from './usage.ts'

/** One line is one event; the last says that it is done. */
class OllamaStreamWatch implements StreamWatch {
  usage: Usage | undefined

  inspect(frame: Uint8Array): EventVerdict {
    const text = Buffer.from(frame).toString('utf8').trim()
    if (text === '') return { kind: 'empty' }
    let value: unknown
    try {
      value = JSON.parse(text)
    } catch {
      return { kind: 'malformed' }
    }
    if (!isJsonObject(value)) return { kind: 'malformed' }
    if (value['error'] !== undefined && value['error'] !== null) return { kind: 'fault', fault: decodeFault(value['error']) }
    this.usage = decodeUsage(value) ?? this.usage
    return { kind: value['done'] === true ? 'terminal' : 'content' }
  }
}

export function createStreamWatch(): StreamWatch {
  return new OllamaStreamWatch()
}
