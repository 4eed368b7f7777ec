import { SCOPES } from '../domain/scope.ts'
import type { JsonObject, JsonValue } from '../lib/json.ts'
import type { ConfigLayer } from './layer.ts'
import type { ConfigWarning } from './loaded-config.ts'
import { mergeTrees, writeAt } from './json-tree.ts'
import { MODEL_VARIABLES } from './environment-models.ts'
import { nearestWord } from '../lib/nearest-word.ts'
import { writePath } from './position.ts'
import { settingKeys, type SettingKey } from './setting-keys.ts'

const SHORT_FORMS: Readonly<Record<string, readonly string[]>> = {
  TRUNKLINE_PORT: ['server', 'port'],
  TRUNKLINE_HOST: ['server', 'host'],
  TRUNKLINE_LOG_LEVEL: ['telemetry', 'level'],
  TRUNKLINE_LOG_FORMAT: ['telemetry', 'format'],
}

/** Read elsewhere: by the search for the document, for the data directory, by commands, by the launcher. */
const OTHER_USES: readonly string[] = ['TRUNKLINE_CONFIG', 'TRUNKLINE_DATA', 'TRUNKLINE_URL', 'TRUNKLINE_API_KEY', 'TRUNKLINE_NODE_VERSION', 'TRUNKLINE_FROM_SOURCE', 'TRUNKLINE_TEST_MARK', ...MODEL_VARIABLES]

export interface EnvironmentLayer {
  readonly layer: ConfigLayer
  readonly warnings: readonly ConfigWarning[]
}

const place = (variable: string): { file: string; line: number; column: number } => ({ file: `environment ${variable}`, line: 0, column: 0 })

function unknownVariable(name: string, known: readonly string[]): ConfigWarning {
  const near = nearestWord(name, known)
  return { ...place(name), message: 'There is no such setting; it has no effect.', ...(near === undefined ? {} : { hint: `Did you mean \`${near}\`?` }) }
}

/** `TRUNKLINE_SECTION__SETTING` variables. Lists are separated by commas. Their texts are taken as they are, without `${…}`. */
export function readEnvironmentLayer(environment: Readonly<Record<string, string | undefined>>): EnvironmentLayer {
  const short: SettingKey[] = Object.entries(SHORT_FORMS).map(([variable, path]) => ({ path, variable, isList: false }))
  const keys = new Map([...short, ...settingKeys()].map((key) => [key.variable, key]))
  const setBy = new Map<string, string>()
  const warnings: ConfigWarning[] = []
  let value: JsonObject = {}
  for (const [name, text] of Object.entries(environment)) {
    if (text === undefined || text === '' || !name.startsWith('TRUNKLINE_') || OTHER_USES.includes(name)) continue
    const key = keys.get(name)
    if (!key) {
      warnings.push(unknownVariable(name, [...keys.keys(), ...OTHER_USES]))
      continue
    }
    const path = writePath(key.path)
    // The long name is the exact one: it wins over the short form, whatever order the environment has.
    if (setBy.has(path) && name in SHORT_FORMS) continue
    setBy.set(path, name)
    const read: JsonValue = key.isList ? text.split(',').map((item) => item.trim()).filter((item) => item !== '') : text
    value = mergeTrees(value, writeAt(key.path, read)) as JsonObject
  }
  const layer: ConfigLayer = { source: 'environment', value, written: value, place: (path) => place(setBy.get(writePath(path)) ?? 'TRUNKLINE_*') }
  return { layer, warnings }
}

/** `$TRUNKLINE_API_KEY` grants one more key, with every scope. */
export function environmentKey(environment: Readonly<Record<string, string | undefined>>): JsonObject | undefined {
  const key = environment['TRUNKLINE_API_KEY']
  return key === undefined || key === '' ? undefined : { name: 'environment', key, scopes: [...SCOPES] }
}
