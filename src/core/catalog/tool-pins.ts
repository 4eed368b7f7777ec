import type { McpServerId } from '../../domain/ids.ts'
import { canonicalJson } from '../../lib/canonical-json.ts'
import { editMembers, parseJsonText, type JsonText } from '../../lib/json-text.ts'
import { sha256 } from '../../lib/sha256.ts'
import type { StoredDefinition, StoredToolPin, ToolPinStore } from '../../storage/index.ts'
import type { Events, Logger } from '../../telemetry/index.ts'

/** A tool whose definition is not the approved one. Both are the server's own text. */
export interface ToolChange {
  readonly server: McpServerId
  /** The server's own name. */
  readonly tool: string
  readonly approved: StoredDefinition
  readonly changed: StoredDefinition
}

/** Who listed a definition: the one server, an instance of it, or its legacy twin. */
export type DefinitionOrigin = 'server' | 'instance' | 'twin'

/**
 * The approved definitions of tools. The first one that is seen of a tool is approved by that; it says what differs, and decides
 * neither what is shown nor what may be called. A pin belongs to a server as it is configured. Of a server of which clients have
 * instances of their own, several definitions can be approved: whichever instance lists one of them, in whatever order they start. A legacy
 * twin is held to its server’s approvals; what only the older era says of how a tool is called makes no difference.
 */
export interface ToolPins extends AsyncDisposable {
  /** Grows with every approval, so that a remembered judgement can be told from a current one. */
  readonly version: number
  /** When the definition was first seen to differ from the approved one; undefined when it is the approved one. */
  judge(server: McpServerId, tool: string, definition: JsonText, origin?: DefinitionOrigin): Date | undefined
  changes(): readonly ToolChange[]
  /** Approves what was changed, of one tool or of all; durable when it settles. Says what it approved. */
  approve(which: { readonly server: McpServerId; readonly tool: string } | 'all'): Promise<readonly ToolChange[]>
}

export interface ToolPinsDeps {
  readonly store: ToolPinStore
  readonly events: Events
  readonly logger: Logger
}

/** Equal for definitions that mean the same: spacing and the order of members are the server's own business. */
const digestOf = (definition: JsonText): string => sha256(canonicalJson(parseJsonText(definition)))

/** `execution` is of revision 2025-11-25 alone. */
function isSameButForEra(one: JsonText, other: JsonText): boolean {
  const neutral = (definition: JsonText): string => digestOf(editMembers(definition, { execution: undefined }))
  return neutral(one) === neutral(other)
}

/** Of one tool. The oldest approval is forgotten first. */
const MOST_VARIANTS = 1_000

const keyOf = (server: string, tool: string): string => JSON.stringify([server, tool])

const isApproved = ({ approved, variants = [] }: StoredToolPin, digest: string): boolean => approved.digest === digest || variants.includes(digest)

class Pins implements ToolPins {
  version = 0
  readonly #deps: ToolPinsDeps
  readonly #pins: Map<string, StoredToolPin>
  readonly #writing = new Set<Promise<void>>()

  constructor(deps: ToolPinsDeps, known: readonly StoredToolPin[]) {
    this.#deps = deps
    this.#pins = new Map(known.map((pin) => [keyOf(pin.server, pin.tool), pin]))
  }

  judge(server: McpServerId, tool: string, definition: JsonText, origin: DefinitionOrigin = 'server'): Date | undefined {
    const pin = this.#pins.get(keyOf(server, tool))
    if (pin && !pin.changed && pin.approved.definition === definition) return undefined
    if (pin?.changed?.definition === definition) return pin.changed.at
    if (pin && origin === 'twin') {
      if (isSameButForEra(pin.approved.definition, definition)) return undefined
      if (pin.changed && isSameButForEra(pin.changed.definition, definition)) return pin.changed.at
    }
    // What was once approved for several stays approved for all of them.
    const hasInstances = origin !== 'server' || pin?.variants !== undefined
    const seen: StoredDefinition = { digest: digestOf(definition), definition, at: new Date() }
    const variants = hasInstances ? { variants: pin?.variants ?? [] } : {}
    if (!pin) {
      this.#keep({ server, tool, approved: seen, changed: undefined, ...variants })
      return undefined
    }
    if (isApproved(pin, seen.digest)) {
      // Another instance may still list what was changed.
      if (pin.changed && !hasInstances) this.#keep({ ...pin, changed: undefined })
      return undefined
    }
    if (pin.changed?.digest === seen.digest) return pin.changed.at
    this.#keep({ ...pin, changed: seen, ...variants })
    this.#deps.events.toolChanged({ server, tool, approvedDigest: pin.approved.digest, digest: seen.digest })
    return seen.at
  }

  changes(): readonly ToolChange[] {
    return [...this.#pins.values()].flatMap(({ server, tool, approved, changed }) => (changed ? [{ server: server as McpServerId, tool, approved, changed }] : []))
  }

  async approve(which: { readonly server: McpServerId; readonly tool: string } | 'all'): Promise<readonly ToolChange[]> {
    const wanted = this.changes().filter(({ server, tool }) => which === 'all' || (which.server === server && which.tool === tool))
    const at = new Date()
    const pins = wanted.map(({ server, tool, approved, changed }): StoredToolPin => {
      const variants = this.#pins.get(keyOf(server, tool))?.variants
      return { server, tool, approved: { ...changed, at }, changed: undefined, ...(variants ? { variants: [...variants, approved.digest].slice(-MOST_VARIANTS) } : {}) }
    })
    await Promise.all(pins.map((pin) => this.#deps.store.save(pin)))
    for (const pin of pins) {
      const now = this.#pins.get(keyOf(pin.server, pin.tool))
      // The server may have changed it once more meanwhile: that was not what was approved.
      const isNewer = now?.changed !== undefined && now.changed.digest !== pin.approved.digest
      this.#pins.set(keyOf(pin.server, pin.tool), isNewer ? { ...pin, changed: now.changed } : pin)
    }
    if (pins.length > 0) this.version++
    return wanted
  }

  #keep(pin: StoredToolPin): void {
    const { server, tool } = pin
    this.#pins.set(keyOf(server, tool), pin)
    const writing = this.#deps.store
      .save(pin)
      .catch((error: unknown) => this.#deps.logger.error({ err: error, server, tool }, 'what is known of a tool could not be kept; it is seen anew after a restart'))
      .finally(() => this.#writing.delete(writing))
    this.#writing.add(writing)
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await Promise.all(this.#writing)
  }
}

export async function openToolPins(deps: ToolPinsDeps): Promise<ToolPins> {
  return new Pins(deps, await deps.store.all())
}
