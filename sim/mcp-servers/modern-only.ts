import { textResult, tool } from './base.ts'
import { serve } from './serve.ts'

/** Knows only 2026-07-28, and answers `initialize` with the versions that it serves. */
serve({
  name: 'modern-only',
  eras: 'modern',
  tools: () => [tool('work', ({ params }) => textResult(JSON.stringify(params['_meta'] ?? null)))],
})
