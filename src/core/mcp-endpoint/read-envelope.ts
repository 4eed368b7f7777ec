import { RPC, RpcError } from '../../domain/json-rpc.ts'
import { isJsonObject } from '../../lib/json.ts'
import { parseJsonText, readMember, toJsonText, type JsonText } from '../../lib/json-text.ts'
import { isModernVersion, META, MODERN_VERSIONS } from './revisions.ts'

/** Whether a request says in its `_meta` that it stands alone, as every modern request does. */
export type Envelope =
  | { readonly kind: 'none' }
  | { readonly kind: 'claimed'; readonly version: string }
  | { readonly kind: 'invalid'; readonly error: RpcError }

const NONE: Envelope = { kind: 'none' }

const invalid = (message: string): Envelope => ({ kind: 'invalid', error: new RpcError(RPC.invalidParams, message) })

export function readEnvelope(params: JsonText | undefined): Envelope {
  const text = params?.includes('"_meta"') ? readMember(params, '_meta') : undefined
  const meta = text === undefined ? undefined : parseJsonText(text)
  const version = isJsonObject(meta) ? meta[META.protocolVersion] : undefined
  if (!isJsonObject(meta) || version === undefined) return NONE
  if (typeof version !== 'string') return invalid(`Expected \`_meta["${META.protocolVersion}"]\` to be a string.`)
  if (!isJsonObject(meta[META.clientCapabilities])) return invalid(`Expected \`_meta["${META.clientCapabilities}"]\` to be an object.`)
  return { kind: 'claimed', version }
}

/** The error for a version that is not served statelessly; undefined for one that is. */
export function refuseVersion(version: string): RpcError | undefined {
  if (isModernVersion(version)) return undefined
  const data = toJsonText({ supported: [...MODERN_VERSIONS], requested: version })
  return new RpcError(RPC.unsupportedProtocolVersion, `Unsupported protocol version: ${version}`, data)
}
