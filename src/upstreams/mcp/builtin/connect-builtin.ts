import type { McpServerDefinition, McpTransportDefinition } from '../../../domain/mcp-server.ts'
import { ConnectError, type Connector } from '../connection.ts'
import { createInProcessConnector, type InProcessConnectorDeps } from './connect-in-process.ts'
import { createDemoServer } from './demo.ts'
import type { ManagePort } from './manage/manage-port.ts'
import { createManageServer } from './manage/manage-server.ts'
import type { ModelsPort } from './models/models-port.ts'
import { createModelsServer } from './models/models-server.ts'
import type { RunTask } from './workspace/workspace.ts'
import { openWorkspace, type WorkspaceDeps } from './workspace/open-workspace.ts'

export type BuiltinDefinition = Extract<McpTransportDefinition, { kind: 'builtin' }>

/** What servers of the gateway's own need of the gateway. */
export interface BuiltinPorts {
  readonly models?: ModelsPort
  readonly runTask?: RunTask
  readonly manage?: ManagePort
}

export function createBuiltinConnector(definition: McpServerDefinition, transport: BuiltinDefinition, deps: InProcessConnectorDeps & WorkspaceDeps & BuiltinPorts): Connector {
  switch (transport.name) {
    case 'demo':
      return createInProcessConnector(definition, () => Promise.resolve(createDemoServer), deps)
    case 'models':
      return createInProcessConnector(definition, () => (deps.models ? Promise.resolve(createModelsServer(deps.models)) : Promise.reject(new ConnectError({ kind: 'fatal', reason: 'was not given any models' }))), deps)
    case 'manage':
      return createInProcessConnector(definition, () => (deps.manage ? Promise.resolve(createManageServer(transport.manage, deps.manage, deps.logger)) : Promise.reject(new ConnectError({ kind: 'fatal', reason: 'was given nothing to manage' }))), deps)
    case 'workspace':
      return createInProcessConnector(definition, () => openWorkspace(transport.workspace, deps), deps)
  }
}
