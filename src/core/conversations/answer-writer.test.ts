import fc from 'fast-check'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { createMemoryConversations } from '../../storage/index.ts'
import { AnswerWriter } from './answer-writer.ts'
import type { ConversationMessage } from './conversation.ts'

const PERSISTENCE = { intervalMs: 200, minChars: 1024, persistDeltas: true }

beforeEach(() => void vi.useFakeTimers())
afterEach(() => void vi.useRealTimers())

interface Kept {
  content: string
  steps: number
  readonly writes: number[]
}

/** An answer that somebody says, and what of it is in a store whose writes take a while. */
function keepAnswer(writeMs: number): { readonly writer: AnswerWriter; readonly said: { content: string; steps: number }; readonly kept: Kept } {
  const said = { content: '', steps: 0 }
  const kept: Kept = { content: '', steps: 0, writes: [] }
  const later = async (apply: () => void): Promise<void> => {
    kept.writes.push(performance.now())
    await new Promise<void>((resolve) => (writeMs === 0 ? resolve() : void setTimeout(resolve, writeMs)))
    apply()
  }
  const current = (): ConversationMessage => ({
    sequence: 2, role: 'assistant', state: 'streaming', content: said.content, thinking: '', createdAt: new Date(0), attachments: [], model: undefined, usage: undefined, finishReason: undefined, wire: [],
    steps: Array.from({ length: said.steps }, (_, index) => ({ callId: `c${index}`, server: 's', tool: 't', argumentsText: '{}', result: undefined })),
  })
  const store = {
    ...createMemoryConversations(),
    putMessage: ({ content, facts }: { readonly content: string; readonly facts: string }) => later(() => void Object.assign(kept, { content, steps: (JSON.parse(facts) as { steps: unknown[] }).steps.length })),
    appendText: (_conversation: string, _sequence: number, content: string) => later(() => void (kept.content += content)),
  }
  const writer = new AnswerWriter({ store, conversation: 'c', persistence: PERSISTENCE, current, onFailure: (error) => expect.fail(String(error)) })
  return { writer, said, kept }
}

const pieces = fc.array(fc.record({ waitMs: fc.nat(300), length: fc.integer({ min: 1, max: 700 }) }), { minLength: 1, maxLength: 40 })

describe('AnswerWriter', () => {
  it('leaves nothing unwritten that is older than the interval or as long as the limit', async () => {
    await fc.assert(
      fc.asyncProperty(pieces, async (all) => {
        const { writer, said, kept } = keepAnswer(0)
        const ends: { readonly at: number; readonly length: number }[] = []
        for (const { waitMs, length } of all) {
          await vi.advanceTimersByTimeAsync(waitMs)
          said.content += 'x'.repeat(length)
          ends.push({ at: performance.now(), length: said.content.length })
          writer.push('x'.repeat(length), '')
          await vi.advanceTimersByTimeAsync(0)
          const old = ends.findLast(({ at }) => performance.now() - at > PERSISTENCE.intervalMs)?.length ?? 0
          expect(kept.content.length).toBeGreaterThanOrEqual(old)
          expect(said.content.length - kept.content.length).toBeLessThan(PERSISTENCE.minChars)
          expect(said.content.startsWith(kept.content)).toBe(true)
        }
        expect(kept.writes.length).toBeLessThanOrEqual(ends.at(-1) ? (performance.now() - (ends[0]?.at ?? 0)) / PERSISTENCE.intervalMs + said.content.length / PERSISTENCE.minChars + 1 : 0)
        await writer.finish(undefined)
      }),
      { numRuns: 200 },
    )
  })

  it('counts the time of a write for what comes meanwhile', async () => {
    const { writer, said, kept } = keepAnswer(150)
    const say = (text: string): void => {
      said.content += text
      writer.push(text, '')
    }
    say('a')
    await vi.advanceTimersByTimeAsync(201)
    say('b')
    // The first write ends at 350, and `b` is due at 401.
    await vi.advanceTimersByTimeAsync(201 + 150)
    expect(kept).toMatchObject({ content: 'ab', writes: { length: 2 } })
    await writer.finish(undefined)
  })

  it('writes a step that begins during a write, without any text behind it', async () => {
    const { writer, said, kept } = keepAnswer(50)
    said.content = 'Let me look.'
    writer.push(said.content, '')
    await vi.advanceTimersByTimeAsync(210)
    said.steps = 1
    writer.noteChange()
    await vi.advanceTimersByTimeAsync(500)
    expect(kept.steps).toBe(1)
    await writer.finish(undefined)
  })
})
