import type { Conversation, ConversationMessage } from './conversation.ts'
import { tellConversation, tellMessage } from './told-conversation.ts'

export type ExportFormat = 'json' | 'markdown'

/** A fence that is longer than any in the text, so that the text cannot end it. */
function fence(text: string): string {
  const longest = Math.max(2, ...[...text.matchAll(/`+/g)].map(([ticks]) => ticks.length))
  const mark = '`'.repeat(longest + 1)
  return `${mark}\n${text}\n${mark}`
}

function writeMessage({ role, state, content, thinking, steps, attachments, model }: ConversationMessage): string {
  const who = role === 'user' ? 'You' : model === undefined ? 'Assistant' : `Assistant (${model})`
  const parts = [
    `## ${who}`,
    ...(thinking === '' ? [] : [`<details><summary>Thinking</summary>\n\n${fence(thinking)}\n\n</details>`]),
    ...steps.map(({ server, tool, argumentsText, result }) => {
      const outcome = result === undefined ? '*No result.*' : `${result.isError ? 'Failed' : 'Result'}:\n\n${fence(result.text)}`
      return `**${server} / ${tool}**\n\n${fence(argumentsText)}\n\n${outcome}`
    }),
    ...(content === '' ? [] : [content]),
    ...attachments.map(({ name, mediaType }) => `*Attached: ${name} (${mediaType})*`),
    ...(state === 'complete' ? [] : ['*This message is not complete.*']),
  ]
  return parts.join('\n\n')
}

/** A conversation as a file: JSON with everything that clients are told, or Markdown to be read. */
export function exportConversation(conversation: Conversation, messages: readonly ConversationMessage[], format: ExportFormat): string {
  if (format === 'json') return `${JSON.stringify({ ...tellConversation(conversation), messages: messages.map(tellMessage) }, null, 2)}\n`
  const { title, settings, createdAt } = conversation
  const head = [`# ${title === '' ? 'Conversation' : title}`, `${createdAt.toISOString()}${settings.model === undefined ? '' : ` · ${settings.model}`}`]
  const system = settings.systemPrompt === '' ? [] : [`> ${settings.systemPrompt.replaceAll('\n', '\n> ')}`]
  return `${[...head, ...system, ...messages.map(writeMessage)].join('\n\n')}\n`
}
