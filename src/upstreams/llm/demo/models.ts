import type { ListedModel } from '../upstream.ts'

/** `echo` says what was said; `tools` calls the first tool it is offered. */
export const DEMO_MODELS: readonly ListedModel[] = [{ id: 'echo' }, { id: 'tools' }]
