import { lookup } from 'node:dns/promises'
import { isIP } from 'node:net'
import { GatewayError } from '../../../../../domain/errors.ts'
import { createAddressGuard } from '../../../../../lib/address-guard.ts'

/** Throws when a server that somebody else names must not be at this address. */
export type AddressCheck = (url: string) => Promise<void>

export type ResolveAddresses = (name: string) => Promise<readonly string[]>

const resolveBySystem: ResolveAddresses = async (name) => (await lookup(name, { all: true })).map(({ address }) => address)

const REFERENCES = /\$\{[A-Za-z_][A-Za-z0-9_]*\}/g

/**
 * Lets public addresses through, and those of `manage.allowAddresses`. It judges what a name means when the server is installed;
 * the connection that is made later resolves the name again.
 */
export function createAddressCheck(allowAddresses: readonly string[], resolve: ResolveAddresses = resolveBySystem): AddressCheck {
  const guard = createAddressGuard(allowAddresses)
  const publicOnly = createAddressGuard([])
  const refuse = (why: string): GatewayError => new GatewayError('invalid_request', `Refused: ${why}`)
  return async (text) => {
    const url = URL.parse(text.replaceAll(REFERENCES, 'reference'))
    if (!url || (url.protocol !== 'https:' && url.protocol !== 'http:')) throw refuse('expected an http or https address.')
    if (url.username !== '' || url.password !== '') throw refuse('the address holds a user or a password; send them in `headers`.')
    if (/^[a-z]+:\/\/[^/?#]*\$\{/i.test(text)) throw refuse('the host must not depend on a variable.')
    const host = url.hostname.replace(/^\[|\]$/g, '').replace(/\.$/, '')
    const addresses = isIP(host) === 0 ? await resolve(host).catch((error: unknown) => Promise.reject(new GatewayError('upstream_unavailable', `The host ${host} cannot be resolved.`, { cause: error }))) : [host]
    if (addresses.length === 0 || addresses.some((address) => !guard.isAllowed(address))) throw refuse(`${host} is not a public address (\`manage.allowAddresses\`).`)
    const isLocal = addresses.every((address) => !publicOnly.isAllowed(address))
    if (url.protocol === 'http:' && !isLocal) throw refuse(`${host} is to be reached by https.`)
  }
}
