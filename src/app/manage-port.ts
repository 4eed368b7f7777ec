import type { LoadedConfig } from '../config/index.ts'
import { CHAT_SETTINGS, type ConfigChange } from '../core/config-change/index.ts'
import type { ModelDirectory } from '../core/routing/index.ts'
import { readModelSuffix } from '../core/runs/index.ts'
import type { McpServerDefinition } from '../domain/mcp-server.ts'
import { isJsonObject, type JsonObject } from '../lib/json.ts'
import type { LedgerStore } from '../storage/index.ts'
import type { GatewayHealth } from '../surfaces/health/index.ts'
import type { ChatConfiguration, ManagedServer, ManagePort } from '../upstreams/mcp/index.ts'
import type { ReloadOutcome } from './reload.ts'

export interface ManagePortDeps {
  /** The configuration in force. */
  loaded(): LoadedConfig
  health(): GatewayHealth
  configChange(): ConfigChange
  reload(): Promise<ReloadOutcome>
  /** Settles when a server that was just started is ready and listed, or after a while. */
  contacted(server: string): Promise<void>
  /** False when there is no such server, or none of it runs. */
  restartServer(id: string): boolean
  readonly ledger: Pick<LedgerStore, 'sum'>
  readonly directory: Pick<ModelDirectory, 'resolve'>
}

const asJson = (value: object): JsonObject => JSON.parse(JSON.stringify(value)) as JsonObject

function managedServer({ id, transport, enabled, disabledReason, instances }: McpServerDefinition, { writtenServers, file }: LoadedConfig, { servers }: GatewayHealth): ManagedServer {
  const entry = Object.hasOwn(writtenServers, id) ? writtenServers[id] : undefined
  const written = isJsonObject(entry) ? entry : {}
  return {
    id,
    written: { ...written, ...(transport.kind === 'builtin' ? { builtin: transport.name } : {}) },
    source: isJsonObject(written['origin']) ? 'installed' : file === undefined ? 'default' : 'document',
    isTemplate: instances?.isTemplate === true,
    isEnabled: enabled,
    disabledReason,
    health: asJson(servers.find((server) => server.id === id) ?? {}),
  }
}

function chatConfiguration({ config, sources }: LoadedConfig): ChatConfiguration {
  const { model, systemPrompt, maxToolHops, parameters } = config.chat
  const paths = [...sources].flatMap(([path, source]) => (source === 'overlay' ? [path] : []))
  const changed = CHAT_SETTINGS.filter((name) => paths.some((path) => path === `chat.${name}` || path.startsWith(`chat.${name}.`)))
  return { model, systemPrompt, maxToolHops, parameters, changed }
}

/** Administration by tools: the same changes, checks and reloads as those of the administration’s API. */
export function createManagePort({ loaded, health, configChange, reload, contacted, restartServer, ledger, directory }: ManagePortDeps): ManagePort {
  return {
    servers() {
      const [now, current] = [loaded(), health()]
      return now.config.mcpServers.map((definition) => managedServer(definition, now, current))
    },
    status() {
      const { servers: _servers, ...rest } = health()
      return asJson(rest)
    },
    apply: (change) => configChange().apply([change]),
    reload,
    restart: restartServer,
    contacted,
    usage: (span) => ledger.sum(span),
    chat: () => chatConfiguration(loaded()),
    checkModel(model) {
      directory.resolve(readModelSuffix(model).model)
    },
  }
}
