import { createHash } from 'node:crypto'
import type { McpServerId } from '../../domain/ids.ts'
import type { Naming } from './catalog.ts'

const MAX_LENGTH = 64
const SEPARATOR = '__'
const LEGAL = /^[A-Za-z0-9_-]{1,64}$/

/** Who a name belongs to; the order of owners is the order of the configuration and decides conflicts. */
export interface NameOwner {
  readonly server: McpServerId
  readonly upstreamName: string
}

/** Depends on the owner alone, so it stays the same whatever other servers come and go. */
function stamp(owner: NameOwner): string {
  return createHash('sha256').update(`${owner.server}\0${owner.upstreamName}`).digest('base64url').replaceAll(/[-_]/g, '').slice(0, 8)
}

function stamped(name: string, owner: NameOwner): string {
  const suffix = `_${stamp(owner)}`
  return `${name.replaceAll(/[^A-Za-z0-9_-]/g, '_').slice(0, MAX_LENGTH - suffix.length)}${suffix}`
}

const legal = (name: string, owner: NameOwner): string => (LEGAL.test(name) ? name : stamped(name, owner))

/**
 * `{server}__{name}`. A server id that holds the separator could be read in two ways (`a__b` + `c`, `a` + `b__c`);
 * its names are stamped, so that the plain form has exactly one reading.
 */
export function prefixName(owner: NameOwner): string {
  const name = `${owner.server}${SEPARATOR}${owner.upstreamName}`
  return name.indexOf(SEPARATOR) === owner.server.length ? legal(name, owner) : stamped(name, owner)
}

/** One exposed name per owner, in the same order. All are within `[A-Za-z0-9_-]{1,64}` and unique, except for `original`. */
export function exposeNames(owners: readonly NameOwner[], naming: Naming): readonly string[] {
  if (naming === 'original') return owners.map(({ upstreamName }) => upstreamName)
  const taken = new Set<string>()
  return owners.map((owner) => {
    const prefixed = prefixName(owner)
    const candidates = naming === 'bare' ? [legal(owner.upstreamName, owner), prefixed] : [prefixed]
    const name = candidates.find((candidate) => !taken.has(candidate)) ?? stamped(prefixed, owner)
    taken.add(name)
    return name
  })
}
