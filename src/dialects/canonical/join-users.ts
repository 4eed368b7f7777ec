import type { Message } from './request.ts'

/** What users say in a row as one message, so that the results of one step meet, whoever wrote them apart. */
export function joinUsers(messages: readonly Message[]): readonly Message[] {
  const joined: Message[] = []
  for (const message of messages) {
    const last = joined.at(-1)
    if (message.role === 'user' && last?.role === 'user') joined.splice(-1, 1, { ...last, blocks: [...last.blocks, ...message.blocks] })
    else joined.push(message)
  }
  return joined
}
