import type { Dialect } from '../domain/dialect.ts'
import { anthropicMessages } from './anthropic-messages/index.ts'
import type { DialectCodec } from './codec.ts'
import { googleGenerateContent } from './google-generate-content/index.ts'
import { ollamaChat } from './ollama-chat/index.ts'
import { openaiChat } from './openai-chat/index.ts'
import { openaiResponses } from './openai-responses/index.ts'

const CODECS: readonly DialectCodec[] = [openaiChat, openaiResponses, anthropicMessages, googleGenerateContent, ollamaChat]

/** Undefined for a dialect that the gateway does not speak yet. */
export function findCodec(dialect: Dialect): DialectCodec | undefined {
  return CODECS.find((codec) => codec.dialect === dialect)
}
