import { fingerprint } from './fingerprint.ts'

/** What a new document did to the entities of one kind. */
export interface EntityChanges {
  readonly added: readonly string[]
  readonly changed: readonly string[]
  readonly removed: readonly string[]
}

export interface EntitySet<Definition, Entity> extends AsyncDisposable {
  /** In the order of the document. */
  readonly entities: ReadonlyMap<string, Entity>
  /** Makes what is new, remakes what changed, retires what is gone, and leaves all others as they run. Nothing once it is disposed. */
  apply(definitions: readonly Definition[]): EntityChanges
}

export interface EntityKind<Definition, Entity> {
  readonly create: (definition: Definition) => Entity
  /** Ends an entity that was replaced or removed, whose work may finish, or at the end of all, when it may not. It never throws. */
  readonly retire: (entity: Entity, why: 'replaced' | 'closing') => Promise<void>
}

/** The running entities of one kind, one per definition. */
export function createEntitySet<Definition extends { readonly id: string }, Entity>(kind: EntityKind<Definition, Entity>): EntitySet<Definition, Entity> {
  let isClosed = false
  let running = new Map<string, { readonly print: string; readonly entity: Entity }>()
  let entities: ReadonlyMap<string, Entity> = new Map()
  const retiring = new Set<Promise<void>>()

  function retire(entity: Entity, why: 'replaced' | 'closing'): void {
    const ended = kind.retire(entity, why).finally(() => retiring.delete(ended))
    retiring.add(ended)
  }
  return {
    get entities() {
      return entities
    },
    apply(definitions) {
      if (isClosed) return { added: [], changed: [], removed: [] }
      const next: typeof running = new Map()
      const added: string[] = []
      const changed: string[] = []
      const old = running
      for (const definition of definitions) {
        const print = fingerprint(definition)
        const known = old.get(definition.id)
        if (known?.print === print) {
          next.set(definition.id, known)
          continue
        }
        ;(known ? changed : added).push(definition.id)
        next.set(definition.id, { print, entity: kind.create(definition) })
      }
      const removed = [...old.keys()].filter((id) => !next.has(id))
      running = next
      entities = new Map([...next].map(([id, { entity }]) => [id, entity]))
      for (const id of [...changed, ...removed]) {
        const gone = old.get(id)
        if (gone) retire(gone.entity, 'replaced')
      }
      return { added, changed, removed }
    },
    async [Symbol.asyncDispose]() {
      isClosed = true
      for (const { entity } of running.values()) retire(entity, 'closing')
      running = new Map()
      entities = new Map()
      await Promise.all(retiring)
    },
  }
}
