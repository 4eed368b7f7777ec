import { randomInt } from 'node:crypto'
import { setTimeout as sleep } from 'node:timers/promises'
import type { JsonObject, JsonValue } from '../../../lib/json.ts'
import type { BuiltinContext } from './builtin-server.ts'

export interface DemoTool {
  /** As `tools/list` shows it. */
  readonly listed: JsonObject
  /** Wrong arguments are a tool error, which a model can read and mend. */
  run(given: JsonObject, context: BuiltinContext): JsonValue | Promise<JsonValue>
}

const READ_ONLY = { readOnlyHint: true, openWorldHint: false }

function text(value: string): JsonValue {
  return { content: [{ type: 'text', text: value }] }
}

function wrong(message: string): JsonValue {
  return { content: [{ type: 'text', text: message }], isError: true }
}

function integerIn(value: JsonValue | undefined, fallback: number, least: number, most: number): number | undefined {
  const number = value ?? fallback
  return typeof number === 'number' && Number.isInteger(number) && number >= least && number <= most ? number : undefined
}

const echo: DemoTool = {
  listed: {
    name: 'echo',
    title: 'Echo',
    description: 'Demo: returns the text that it is given.',
    inputSchema: { type: 'object', properties: { text: { type: 'string', description: 'What to return.' } }, required: ['text'] },
    annotations: { ...READ_ONLY, idempotentHint: true },
  },
  run: (given) => (typeof given['text'] === 'string' ? text(given['text']) : wrong('Expected `text` to be a string.')),
}

const add: DemoTool = {
  listed: {
    name: 'add',
    title: 'Add',
    description: 'Demo: adds two numbers and returns structured content.',
    inputSchema: { type: 'object', properties: { a: { type: 'number' }, b: { type: 'number' } }, required: ['a', 'b'] },
    outputSchema: { type: 'object', properties: { sum: { type: 'number' } }, required: ['sum'] },
    annotations: { ...READ_ONLY, idempotentHint: true },
  },
  run({ a, b }) {
    if (typeof a !== 'number' || typeof b !== 'number') return wrong('Expected `a` and `b` to be numbers.')
    return { content: [{ type: 'text', text: String(a + b) }], structuredContent: { sum: a + b } }
  },
}

const now: DemoTool = {
  listed: {
    name: 'now',
    title: 'Current time',
    description: 'Demo: the current date and time.',
    inputSchema: { type: 'object', properties: { timezone: { type: 'string', description: 'An IANA name such as Europe/Berlin; UTC without it.' } } },
    annotations: READ_ONLY,
  },
  run({ timezone = 'UTC' }) {
    if (typeof timezone !== 'string') return wrong('Expected `timezone` to be a string.')
    try {
      return text(new Date().toLocaleString('sv-SE', { timeZone: timezone, timeZoneName: 'longOffset' }))
    } catch {
      return wrong(`Expected \`timezone\` to be an IANA time zone, got ${JSON.stringify(timezone)}.`)
    }
  },
}

const rollDice: DemoTool = {
  listed: {
    name: 'roll_dice',
    title: 'Roll dice',
    description: 'Demo: rolls dice.',
    inputSchema: {
      type: 'object',
      properties: { sides: { type: 'integer', minimum: 2, maximum: 1000, default: 6 }, count: { type: 'integer', minimum: 1, maximum: 100, default: 1 } },
    },
    outputSchema: {
      type: 'object',
      properties: { rolls: { type: 'array', items: { type: 'integer' } }, total: { type: 'integer' } },
      required: ['rolls', 'total'],
    },
    annotations: READ_ONLY,
  },
  run(given) {
    const sides = integerIn(given['sides'], 6, 2, 1000)
    const count = integerIn(given['count'], 1, 1, 100)
    if (sides === undefined || count === undefined) return wrong('Expected `sides` from 2 to 1000 and `count` from 1 to 100.')
    const rolls = Array.from({ length: count }, () => randomInt(1, sides + 1))
    const total = rolls.reduce((sum, roll) => sum + roll, 0)
    return { content: [{ type: 'text', text: `${rolls.join(' + ')} = ${total}` }], structuredContent: { rolls, total } }
  },
}

const slowCount: DemoTool = {
  listed: {
    name: 'slow_count',
    title: 'Count slowly',
    description: 'Demo: counts with a pause before each number, reports progress and can be cancelled.',
    inputSchema: {
      type: 'object',
      properties: { to: { type: 'integer', minimum: 1, maximum: 1000, default: 5 }, delayMs: { type: 'integer', minimum: 0, maximum: 60_000, default: 500 } },
    },
    annotations: READ_ONLY,
  },
  async run(given, { signal, progress }) {
    const to = integerIn(given['to'], 5, 1, 1000)
    const delayMs = integerIn(given['delayMs'], 500, 0, 60_000)
    if (to === undefined || delayMs === undefined) return wrong('Expected `to` from 1 to 1000 and `delayMs` from 0 to 60000.')
    for (let count = 1; count <= to; count++) {
      await sleep(delayMs, undefined, { signal })
      progress(count, to, `counted ${count} of ${to}`)
    }
    return text(`Counted to ${to}.`)
  },
}

export const DEMO_TOOLS: readonly DemoTool[] = [echo, add, now, rollDice, slowCount]
