import type { ConfigWarning } from './loaded-config.ts'
import type { RouteEntry } from './route-entry-schema.ts'

/**
 * The variables of proxies for Claude Code, and the names that Claude Code asks for. Of the patterns the longer one wins, so
 * that with both variables every name with `haiku` goes to the small model and every other one to the big model.
 */
const ROLES = [
  { publicModel: 'small', variables: ['TRUNKLINE_SMALL_MODEL', 'SMALL_MODEL'], pattern: 'claude-*haiku*' },
  { publicModel: 'big', variables: ['TRUNKLINE_BIG_MODEL', 'BIG_MODEL'], pattern: 'claude-*' },
] as const

export const MODEL_VARIABLES: readonly string[] = ROLES.flatMap(({ variables }) => variables)

export interface EnvironmentModels {
  /** Members of `models` beside those of the document. */
  readonly models: Readonly<Record<string, RouteEntry>>
  /** The variable behind each of them. */
  readonly variableOf: ReadonlyMap<string, string>
  readonly warnings: readonly ConfigWarning[]
}

export interface EnvironmentModelsQuestion {
  readonly environment: Readonly<Record<string, string | undefined>>
  /** Members of the document’s `models`. */
  readonly documentModels: readonly string[]
  readonly providers: readonly { readonly id: string; readonly kind: string }[]
}

/**
 * The upstream model that a variable means: `provider/model` or a public model of the document as it is; `vendor/model` at
 * OpenRouter when it is there; a plain name at the only provider. Undefined when it could mean several or nothing.
 */
function readModel(text: string, { documentModels, providers }: EnvironmentModelsQuestion): string | undefined {
  const slash = text.indexOf('/')
  const isOwn = providers.some(({ id }) => slash > 0 && id === text.slice(0, slash) && slash < text.length - 1)
  if (isOwn || documentModels.includes(text)) return text
  const router = providers.find(({ id, kind }) => kind === 'openrouter' || id === 'openrouter')
  if (slash > 0) return router && `${router.id}/${text}`
  const real = providers.filter(({ kind }) => kind !== 'demo')
  return real.length === 1 ? `${real[0]?.id}/${text}` : undefined
}

/**
 * `BIG_MODEL` and `SMALL_MODEL` become the public models `big` and `small`, with rules that lead Claude’s names to them.
 * What the document has under these names stays.
 */
export function environmentModels(question: EnvironmentModelsQuestion): EnvironmentModels {
  const models: Record<string, RouteEntry> = {}
  const variableOf = new Map<string, string>()
  const warnings: ConfigWarning[] = []
  const add = (name: string, entry: string, variable: string): void => {
    if (question.documentModels.includes(name)) return
    models[name] = entry
    variableOf.set(name, variable)
  }
  for (const { publicModel, variables, pattern } of ROLES) {
    const variable = variables.find((name) => (question.environment[name] ?? '').trim() !== '')
    if (variable === undefined) continue
    const text = (question.environment[variable] ?? '').trim()
    const place = { file: `environment ${variable}`, line: 0, column: 0 }
    const entry = readModel(text, question)
    if (question.documentModels.includes(publicModel)) {
      warnings.push({ ...place, message: `The document has a public model \`${publicModel}\`; it is used instead of this variable.` })
    } else if (entry === undefined || entry.includes('*')) {
      warnings.push({ ...place, message: `Expected \`provider/model\`, got \`${text.slice(0, 80)}\`; the variable has no effect.`, hint: 'The provider must be configured.' })
      continue
    } else add(publicModel, entry, variable)
    add(pattern, publicModel, variable)
  }
  return { models, variableOf, warnings }
}
