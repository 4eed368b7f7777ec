import type { IncomingHttpHeaders, IncomingMessage } from 'node:http'
import type { KeptQuestion } from '../../core/exchange/index.ts'
import { anthropicMessages, openaiChat } from '../../dialects/index.ts'
import { GatewayError } from '../../domain/errors.ts'
import { AnswerClient, type ErrorRenderer, type HttpRoute, type RequestContext } from '../http/index.ts'
import { createModelEditor } from './edit-models.ts'
import { hasBody, readUpload } from './read-upload.ts'
import { ResultsClient } from './results-client.ts'
import type { ProviderFilesSurfaceDeps } from './surface-deps.ts'

type Vendor = KeptQuestion['vendor']

/** Whose each address is; undefined for what both have. */
const PLACES: readonly (readonly [path: string, vendor: Vendor | undefined])[] = [
  ['/v1/messages/batches', 'anthropic'],
  ['/v1/batches', 'openai'],
  ['/v1/files', undefined],
  ['/v1/skills', undefined],
]

const METHODS = ['GET', 'POST', 'DELETE'] as const

/** About the body and the answer; what is about the client's account is not among them. */
const CARRIED = ['accept', 'content-type', 'content-length', 'range', 'if-none-match', 'idempotency-key'] as const

const vendorOf = (fixed: Vendor | undefined, headers: IncomingHttpHeaders): Vendor => fixed ?? (headers['anthropic-version'] === undefined ? 'openai' : 'anthropic')

const CODECS = { anthropic: anthropicMessages, openai: openaiChat } as const

function createErrorRenderer(fixed: Vendor | undefined): ErrorRenderer {
  return (error, requestId, headers) => {
    const vendor = vendorOf(fixed, headers)
    return { headers: { [vendor === 'anthropic' ? 'request-id' : 'x-request-id']: requestId }, body: CODECS[vendor].error.encode(error, requestId) }
  }
}

function carryHeaders({ headers }: IncomingMessage, vendor: Vendor): Readonly<Record<string, string>> {
  const general = CARRIED.flatMap((name) => (typeof headers[name] === 'string' ? [[name, headers[name]] as const] : []))
  return { ...Object.fromEntries(general), ...CODECS[vendor].request.carryHeaders(headers) }
}

/** As the provider has it: below its base address, the query too. The router has refused what could be read in two ways. */
const pathOf = ({ url = '' }: IncomingMessage): string => url.replace(/^\/v1/, '')

/** Behind a proxy that ends TLS the client knows the gateway by https. */
function originOf({ headers }: IncomingMessage, { url }: RequestContext): string {
  return headers['x-forwarded-proto'] === 'https' ? `https://${url.host}` : url.origin
}

function readProvider({ headers }: IncomingMessage): string | undefined {
  const named = headers['x-trunkline-provider']
  if (Array.isArray(named)) throw new GatewayError('invalid_request', 'Expected one header `x-trunkline-provider`.')
  return named
}

function createRoute({ exchanges, bodyLimits, stalledMs }: ProviderFilesSurfaceDeps, method: (typeof METHODS)[number], path: string, fixed: Vendor | undefined): HttpRoute {
  return {
    method,
    path,
    policy: 'models:use',
    renderError: createErrorRenderer(fixed),
    async handle(request, response, context) {
      const vendor = vendorOf(fixed, request.headers)
      const provider = exchanges.findKeeper({ vendor, provider: readProvider(request) })
      const editor = createModelEditor(provider, request.headers['content-type'])
      const body = hasBody(request) ? readUpload(request, bodyLimits().idleMs, (piece) => editor.push(piece), () => editor.end()) : undefined
      const plain = new AnswerClient(response, () => '', stalledMs)
      const client = fixed === 'anthropic' ? new ResultsClient(plain, originOf(request, context)) : plain
      await exchanges.forward({ vendor, provider, method, path: pathOf(request), headers: carryHeaders(request, vendor), body, signal: context.signal }, client)
    },
  }
}

/** Every address in every method: which of them there are is for the provider to say. */
export function createKeptRoutes(deps: ProviderFilesSurfaceDeps): readonly HttpRoute[] {
  return PLACES.flatMap(([path, vendor]) => [path, `${path}/{rest+}`].flatMap((each) => METHODS.map((method) => createRoute(deps, method, each, vendor))))
}
