import { describe, expect, it } from 'vitest'
import type { CanonicalRequest, ReasoningBlock } from './request.ts'
import { restoreThoughts } from './restore-thoughts.ts'
import type { SealCarrier } from './translation.ts'

const TARGET = { provider: 'p', model: 'm' }

/** Opens `p/m:<thought>`. */
const seals: SealCarrier = {
  wrap: (payload) => payload,
  open: () => undefined,
  openText: (envelope, { provider, model }) => (envelope.startsWith(`${provider}/${model}:`) ? envelope.slice(`${provider}/${model}:`.length) : undefined),
}

const thought = (fields: Partial<ReasoningBlock>): ReasoningBlock => ({ type: 'reasoning', text: '', path: '/x', ...fields })

function restore(block: ReasoningBlock, target = TARGET): unknown {
  const request = { messages: [{ role: 'assistant', path: '/m', blocks: [block] }] } as unknown as CanonicalRequest
  return restoreThoughts(request, seals, target).messages[0]?.blocks[0]
}

describe('restoreThoughts', () => {
  it('LT-E18 LT-E19 puts a thought back that the client left out, or kept in part', () => {
    expect(restore(thought({ seal: 'p/m:all of it' }))).toMatchObject({ text: 'all of it', seal: 'p/m:all of it' })
    expect(restore(thought({ seal: 'p/m:all of it', text: 'all' }))).toMatchObject({ text: 'all of it' })
    expect(restore(thought({ seal: 'p/m:all of it', isRedacted: true }))).toEqual(thought({ seal: 'p/m:all of it', text: 'all of it' }))
  })

  it('LT-E11 leaves what another model thought, what has no seal and what was redacted', () => {
    for (const block of [thought({ seal: 'q/m:x' }), thought({ text: 'y' }), thought({ seal: 'native', isRedacted: true }), thought({ seal: 'native', text: 'z' })]) expect(restore(block)).toEqual(block)
    expect(restore(thought({ seal: 'p/m:x' }), { provider: 'p', model: 'n' })).toMatchObject({ text: '' })
  })
})
