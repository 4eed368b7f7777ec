import { anthropicMessagesGrid } from './anthropic-messages.ts'
import { googleGenerateContentGrid } from './google-generate-content.ts'
import type { DialectGrid } from './grid.ts'
import { ollamaChatGrid } from './ollama-chat.ts'
import { openaiChatGrid } from './openai-chat.ts'
import { openaiResponsesGrid } from './openai-responses.ts'

/** Every dialect of the grid. */
export const GRIDS: readonly DialectGrid[] = [anthropicMessagesGrid, openaiChatGrid, openaiResponsesGrid, googleGenerateContentGrid, ollamaChatGrid]

/** Every way from a client's dialect to another that a provider speaks. */
export const REQUEST_PAIRS = GRIDS.filter(({ hasClients }) => hasClients).flatMap((from) => GRIDS.filter((to) => to !== from).map((to) => ({ from, to, name: `${from.dialect} → ${to.dialect}` })))

/** Every way from a provider's dialect to another that a client speaks. */
export const ANSWER_PAIRS = GRIDS.flatMap((from) => GRIDS.filter((to) => to !== from && to.hasClients).map((to) => ({ from, to, name: `${from.dialect} → ${to.dialect}` })))
