import { describe, expect, it } from 'vitest'
import { GatewayError } from '../domain/errors.ts'
import { anthropicMessages } from './anthropic-messages/index.ts'
import { googleGenerateContent } from './google-generate-content/index.ts'
import { openaiChat } from './openai-chat/index.ts'
import { openaiResponses } from './openai-responses/index.ts'
import { readOverflow } from './overflow.ts'

const refused = (message: string, details: Readonly<Record<string, unknown>> = {}): GatewayError => new GatewayError('invalid_request', `Provider \`p\` answered 400: ${message}`, { details })

describe('readOverflow', () => {
  it.each([
    ['prompt is too long: 215000 tokens > 200000 maximum', '215000', '200000'],
    ["This model's maximum context length is 8192 tokens. However, your messages resulted in 9001 tokens. Please reduce the length of the messages.", '9001', '8192'],
    ["This model's maximum context length is 4096 tokens. However, you requested 5000 tokens (4500 in the messages, 500 in the completion).", '5000', '4096'],
    ['This endpoint’s maximum context length is 131,072 tokens. However, you requested about 140,000 tokens', '140000', '131072'],
    ['This model’s maximum prompt length is 131072 but the request contains 537812 tokens.', '537812', '131072'],
    ['The input token count (1048600) exceeds the maximum number of tokens allowed (1048576).', '1048600', '1048576'],
    ['Prompt contains 40000 tokens and 0 draft tokens, too large for model with 32768 maximum context length', '40000', '32768'],
  ])('LT-L05 reads both numbers of “%s”', (message, count, maximum) => {
    expect(readOverflow(refused(message))?.numbers).toEqual({ count, maximum })
  })

  it.each([
    ['Your input exceeds the context window of this model. Please adjust your input and try again.', {}],
    ['the input length exceeds the context length', {}],
    ['the request exceeds the available context size. try increasing the context size', { type: 'exceed_context_size_error' }],
    ['Input is too long for requested model.', {}],
    ['Too much.', { faultCode: 'context_length_exceeded' }],
  ])('LT-L05 knows “%s” for one without numbers', (message, details) => {
    expect(readOverflow(refused(message, details))).toEqual({ numbers: undefined })
  })

  it.each(['temperature: Input should be less than or equal to 1', 'tools.0.name: String should have at most 64 characters', 'max_tokens: 128000 > 8192, which is the maximum'])('takes “%s” for another failure', (message) => {
    expect(readOverflow(refused(message))).toBeUndefined()
  })

  it('takes no other code for one', () => {
    expect(readOverflow(new GatewayError('upstream_rejected', 'prompt is too long: 215000 tokens > 200000 maximum'))).toBeUndefined()
  })

  it('LT-L05 is said in the words of each client’s dialect', () => {
    const error = refused('maximum context length is 8192 tokens. However, your messages resulted in 9001 tokens.')
    expect(JSON.parse(anthropicMessages.error.encode(error, 'r'))).toMatchObject({ error: { type: 'invalid_request_error', message: 'prompt is too long: 9001 tokens > 8192 maximum' } })
    for (const codec of [openaiChat, openaiResponses]) expect(JSON.parse(codec.error.encode(error, 'r'))).toMatchObject({ error: { type: 'invalid_request_error', code: 'context_length_exceeded' } })
    expect(JSON.parse(googleGenerateContent.error.encode(error, 'r'))).toMatchObject({ error: { status: 'INVALID_ARGUMENT', message: 'The input token count (9001) exceeds the maximum number of tokens allowed (8192).' } })
  })
})
