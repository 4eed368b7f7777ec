import type { ClientContext } from '../../domain/client-context.ts'
import { RPC, RpcError } from '../../domain/json-rpc.ts'
import { isJsonObject, type JsonObject } from '../../lib/json.ts'
import { parseJsonText, readMember, type JsonText } from '../../lib/json-text.ts'
import type { Logger } from '../../telemetry/index.ts'
import type { Catalog, CatalogFilter, CatalogSnapshot } from '../catalog/index.ts'
import type { Principal } from '../identity/index.ts'
import { createUntrustedNote, prepareContext, type AskRoots, type ClientCatalog, type GivenContext, type Instances } from '../instances/index.ts'
import type { McpSession } from '../sessions/index.ts'
import { META } from './revisions.ts'

export interface ClientCatalogsDeps {
  readonly catalog: Catalog
  /** Without it every client has the catalog of all. */
  readonly instances: Instances | undefined
  readonly transport: 'http' | 'stdio'
}

/** Who asks without a session, and what came with the request. */
export interface ModernClient {
  readonly principal: Principal
  readonly params: JsonText | undefined
  readonly given: GivenContext | undefined
  readonly logger: Logger
}

/** The catalog as each client has it, with the request context that its template servers need. */
export interface ClientCatalogs {
  /** What an `initialize` says of the client’s context; undefined when it says nothing or is not believed. Throws for a malformed one. */
  readContext(params: JsonText | undefined, given: GivenContext | undefined, logger: Logger | undefined): ClientContext | undefined
  /** `askRoots` asks the client of the session, which has roots. */
  ofSession(session: McpSession, askRoots: AskRoots): ClientCatalog
  /** Throws for a malformed context. */
  ofRequest(client: ModernClient): ClientCatalog
}

function readClientInfo(params: JsonText | undefined): JsonObject | undefined {
  const meta = params?.includes(META.clientInfo) === true ? readMember(params, '_meta') : undefined
  const text = meta && readMember(meta, META.clientInfo)
  const value = text === undefined ? undefined : parseJsonText(text)
  return isJsonObject(value) ? value : undefined
}

class SameForAll implements ClientCatalog {
  readonly #catalog: Catalog
  readonly #unlisten: (() => void)[] = []

  constructor(catalog: Catalog) {
    this.#catalog = catalog
  }

  get current(): CatalogSnapshot {
    return this.#catalog.current
  }

  contacted(filter: CatalogFilter): Promise<CatalogSnapshot> {
    return this.#catalog.contacted(filter)
  }

  called(): undefined {
    return undefined
  }

  onChange(listener: Parameters<Catalog['onChange']>[0]): () => void {
    const stop = this.#catalog.onChange(listener)
    this.#unlisten.push(stop)
    return stop
  }

  [Symbol.dispose](): void {
    for (const stop of this.#unlisten) stop()
  }
}

export function createClientCatalogs({ catalog, instances, transport }: ClientCatalogsDeps): ClientCatalogs {
  const noteUntrusted = createUntrustedNote()

  function readContext(params: JsonText | undefined, given: GivenContext | undefined, logger: Logger | undefined): ClientContext | undefined {
    const prepared = prepareContext(given, params)
    if (prepared.kind === 'invalid') throw new RpcError(RPC.invalidParams, prepared.problem)
    if (prepared.kind === 'ready') return prepared.context
    if (logger) noteUntrusted(logger)
    return undefined
  }

  return {
    readContext,
    ofSession({ id, principal, context, clientInfo, clientCapabilities }, askRoots) {
      const asked = clientCapabilities['roots'] === undefined ? undefined : askRoots
      return instances ? instances.catalogFor({ principal, session: id, context, clientInfo, transport, askRoots: asked }) : new SameForAll(catalog)
    },
    ofRequest({ principal, params, given, logger }) {
      if (!instances) return new SameForAll(catalog)
      const context = readContext(params, given, logger)
      return instances.catalogFor({ principal, session: undefined, context, clientInfo: readClientInfo(params), transport })
    },
  }
}
