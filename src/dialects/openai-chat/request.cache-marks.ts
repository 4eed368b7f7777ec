import { isJsonObject, type JsonObject } from '../../lib/json.ts'
import type { CacheMark, Sourced } from '../canonical/request.ts'
import type { Scene } from './request.scene.ts'

export const writeMark = ({ ttl }: CacheMark): JsonObject => ({ cache_control: { type: 'ephemeral', ...(ttl === '1h' ? { ttl } : {}) } })

export const takesMarks = ({ context }: Scene): boolean => context.quirks.takesCacheControl === true

/** An Anthropic mark on a tool or on a result, for a provider that passes marks on; what is left has none, so nothing is lost. */
export function takeMark<S extends Sourced>(sourced: S, scene: Scene): { readonly mark: JsonObject; readonly rest: S } {
  const { cache_control: mark, ...extras } = sourced.extras ?? {}
  if (!scene.losses.isForeign || !takesMarks(scene) || !isJsonObject(mark)) return { mark: {}, rest: sourced }
  return { mark: { cache_control: mark }, rest: { ...sourced, extras } }
}
