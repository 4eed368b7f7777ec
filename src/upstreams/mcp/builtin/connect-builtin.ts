import type { McpServerDefinition } from '../../../domain/mcp-server.ts'
import type { Connector } from '../connection.ts'
import { createInProcessConnector, type CreateServer, type InProcessConnectorDeps } from './connect-in-process.ts'
import { createDemoServer } from './demo.ts'

export function createBuiltinConnector(definition: McpServerDefinition, name: 'demo', deps: InProcessConnectorDeps): Connector {
  const create: CreateServer = { demo: createDemoServer }[name]
  return createInProcessConnector(definition, () => Promise.resolve(create), deps)
}
