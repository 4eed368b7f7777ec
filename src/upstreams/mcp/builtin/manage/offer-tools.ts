import type { ManageCategory, ManageSettings } from '../../../../domain/manage.ts'
import type { ManageTool } from './define-tool.ts'
import { chatConfig, resetChatConfig, setChatConfig } from './tools/chat-tools.ts'
import { registryInfo, registrySearch } from './tools/discovery-tools.ts'
import { edit } from './tools/edit.ts'
import { install } from './tools/install.ts'
import { list, status } from './tools/list-tools.ts'
import { disable, enable, reload, restart } from './tools/switch-tools.ts'
import { uninstall } from './tools/uninstall.ts'
import { update } from './tools/update.ts'
import { usage } from './tools/usage.ts'

const DISCOVERY: readonly ManageTool[] = [registrySearch, registryInfo]

const CATEGORIES: Readonly<Record<ManageCategory, readonly ManageTool[]>> = {
  discovery: DISCOVERY,
  installation: [install, uninstall, update],
  management: [list, enable, disable, restart, reload, edit, status, usage],
  safe: [...DISCOVERY, list, status, usage],
}

const CHAT: readonly ManageTool[] = [chatConfig, setChatConfig, resetChatConfig]

/** The tools that the settings ask for. Without a registry there is nothing to be found in one. */
export function offerTools({ categories, chat, registry }: ManageSettings): readonly ManageTool[] {
  const tools = new Set([...categories.flatMap((category) => CATEGORIES[category]), ...(chat ? CHAT : [])])
  return [...tools].filter((tool) => registry !== undefined || (tool !== update && !DISCOVERY.includes(tool)))
}
