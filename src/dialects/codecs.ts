import type { Dialect } from '../domain/dialect.ts'
import { anthropicMessages } from './anthropic-messages/index.ts'
import type { DialectCodec } from './codec.ts'
import { openaiChat } from './openai-chat/index.ts'

const CODECS: readonly DialectCodec[] = [openaiChat, anthropicMessages]

/** Undefined for a dialect that the gateway does not speak yet. */
export function findCodec(dialect: Dialect): DialectCodec | undefined {
  return CODECS.find((codec) => codec.dialect === dialect)
}
