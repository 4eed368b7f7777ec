import type { JsonObject } from '../lib/json.ts'
import type { ConfigSource } from './loaded-config.ts'
import { readPath } from './json-tree.ts'
import type { ConfigPath } from './position.ts'

/** A place that a person can go to: a file with line and column, a variable, a flag. */
export interface Place {
  readonly file: string
  readonly line: number
  readonly column: number
}

/** One of the stacked parts of a configuration. */
export interface ConfigLayer {
  readonly source: Exclude<ConfigSource, 'default'>
  readonly value: JsonObject
  /** The value as it was written: with `${NAME}` instead of what it stands for, so that it may be shown. */
  readonly written: JsonObject
  place(path: ConfigPath, part: 'key' | 'value'): Place
}

/** The layer that decides about a path; for a path that nobody wrote, the one that wrote the most of it. */
export function owningLayer(layers: readonly ConfigLayer[], path: ConfigPath): ConfigLayer | undefined {
  for (let length = path.length; length > 0; length--) {
    const part = path.slice(0, length)
    const owner = layers.findLast((layer) => readPath(layer.value, part) !== undefined)
    if (owner) return owner
  }
  return layers[0]
}
