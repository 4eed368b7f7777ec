import { PassingMap } from './passing-map.ts'

/** A set for things that come and go all the time; why it is no `Set`, see `PassingMap`. */
export class PassingSet<Value> {
  readonly #map = new PassingMap<number, Value>()
  #last = 0

  get size(): number {
    return this.#map.size
  }

  /** Returns what takes it out again. */
  add(value: Value): () => void {
    const key = ++this.#last
    this.#map.set(key, value)
    return () => void this.#map.delete(key)
  }

  clear(): void {
    this.#map.clear()
  }

  [Symbol.iterator](): Generator<Value> {
    return this.#map.values()
  }
}
