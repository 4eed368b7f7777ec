import type { DialectCodec, ScannedBody, WholeVerdict } from '../codec.ts'
import { readWholeAnswer } from '../read-whole-answer.ts'
import { decodeFault } from './error.ts'
import { openaiChat } from './index.ts'
import { decodeUsage } from './usage.ts'

/** `{"object":"list","data":[{"embedding":[…]}],"usage":{"prompt_tokens":8,"total_tokens":8}}` */
const readWhole = (body: ScannedBody): WholeVerdict => readWholeAnswer(body, { content: ['data'], usage: 'usage', decodeFault, decodeUsage })

/** OpenAI embeddings: the request names its model as a chat does, the answer is always whole, and nothing is ever translated. */
export const openaiEmbeddings: DialectCodec = {
  ...openaiChat,
  request: { ...openaiChat.request, askForUsage: () => [] },
  response: { ...openaiChat.response, readWhole },
}
