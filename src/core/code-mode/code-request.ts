import type { JsonText } from '../../lib/json-text.ts'
import type { CallRequest } from '../calls/index.ts'
import type { CatalogView } from '../catalog/index.ts'
import type { CodeToolName } from '../disclosure/index.ts'

/** A call of one of the two tools of code mode, with everything that a call of a server’s tool would have. */
export interface CodeRequest {
  readonly tool: CodeToolName
  /** The arguments of the tool, as the client wrote them. */
  readonly given: JsonText | undefined
  /** Who asks, and how it is told and asked itself; its view is the one of the beginning. */
  readonly request: CallRequest
  /** The newest view: what is switched off while a script runs is off for it. */
  readonly view: () => CatalogView
}
