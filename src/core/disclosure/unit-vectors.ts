import { GatewayError } from '../../domain/errors.ts'

function unitVector(vector: Float32Array): Float32Array {
  const size = Math.sqrt(vector.reduce((sum, value) => sum + value * value, 0))
  if (!Number.isFinite(size) || size === 0) throw new GatewayError('upstream_protocol', 'The model answered with a vector that has no direction.')
  return vector.map((value) => value / size)
}

export type UnitVectors = readonly [Float32Array, ...Float32Array[]]

/** The vectors with the length 1, so that a product says how near two of them are. Throws unless there are `count`, all with as many numbers. */
export function unitVectors(vectors: readonly Float32Array[], count: number): UnitVectors {
  const [first, ...others] = vectors.map(unitVector)
  if (!first || vectors.length !== count) throw new GatewayError('upstream_protocol', `The model answered ${count} texts with ${vectors.length} vectors.`)
  const other = others.find(({ length }) => length !== first.length)
  if (other) throw new GatewayError('upstream_protocol', `The model answered with vectors of ${first.length} and of ${other.length} numbers.`)
  return [first, ...others]
}
