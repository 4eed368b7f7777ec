import { readFileSync } from 'node:fs'
import { resolve } from 'node:path'
import { isJsonObject, type JsonValue } from '../lib/json.ts'
import type { ConfigPath } from './position.ts'

export interface InterpolationContext {
  readonly environment: Readonly<Record<string, string | undefined>>
  /** What relative `${file:…}` paths start from: the folder of the document. */
  readonly directory: string
  readonly homeDirectory: string
  /** Values for the forms that other clients have, as in `${workspaceFolder}`. */
  readonly clientForms: Readonly<Record<string, string>>
  /** Whole-text `$NAME`, as Gemini CLI writes it. */
  readonly bareDollar: boolean
}

/** A place whose text could not be completed. */
export interface Unresolved {
  readonly path: ConfigPath
  readonly message: string
  readonly hint: string
}

export interface Interpolated {
  readonly value: JsonValue
  readonly unresolved: readonly Unresolved[]
  /** Files that were read, for the watcher. */
  readonly files: readonly string[]
}

/** What stands where a text could not be completed. Its entity is disabled or refused, so that it is never used. */
export const PLACEHOLDER = 'unset'
export const PLACEHOLDER_URL = 'http://unset.invalid/'

const FORM = /(\$?)\$\{([^}]*)\}/g
const VARIABLE = /^(?:env:)?([A-Za-z_][A-Za-z0-9_]*)(?::-([^]*))?$/

type Resolved = { readonly text: string } | { readonly message: string; readonly hint: string }

function readSecretFile(path: string): Resolved {
  try {
    return { text: readFileSync(path, 'utf8').replace(/\r?\n$/, '') }
  } catch (error) {
    const code = (error as NodeJS.ErrnoException).code ?? 'unknown'
    return { message: `The file of \`\${file:${path}}\` cannot be read (${code}).`, hint: 'Create it, or correct the path.' }
  }
}

function resolveFile(written: string, context: InterpolationContext, files: string[]): Resolved {
  const path = resolve(context.directory, written.replace(/^~(?=\/)/, context.homeDirectory))
  files.push(path)
  return readSecretFile(path)
}

function resolveForm(form: string, context: InterpolationContext, files: string[]): Resolved {
  if (form.startsWith('file:')) return resolveFile(form.slice('file:'.length), context, files)
  const known = Object.hasOwn(context.clientForms, form) ? context.clientForms[form] : undefined
  if (known !== undefined) return { text: known }
  const [, name, fallback] = VARIABLE.exec(form) ?? []
  if (name === undefined || fallback?.includes('${') === true) {
    return { message: `\`\${${form}}\` is no form that is known here.`, hint: 'Use `${NAME}`, `${NAME:-default}` or `${file:path}`; `$${` writes a plain `${`.' }
  }
  const value = context.environment[name]
  if (value !== undefined && (value !== '' || fallback === undefined)) return { text: value }
  if (fallback !== undefined) return { text: fallback }
  return { message: `The variable \`${name}\` is not set.`, hint: `Set it, or write \`\${${name}:-default}\`.` }
}

/**
 * Replaces `${NAME}`, `${NAME:-default}` and `${file:path}` in every text, once: what a variable holds is never
 * searched again, so a value cannot ask for another secret. Only for files of the operator; a value that came
 * over an API must not get here.
 */
export function interpolate(value: JsonValue, context: InterpolationContext): Interpolated {
  const unresolved: Unresolved[] = []
  const files: string[] = []

  const complete = (text: string, path: ConfigPath): string => {
    let failed = false
    const answer = (resolved: Resolved): string => {
      if ('text' in resolved) return resolved.text
      failed = true
      unresolved.push({ path, message: resolved.message, hint: resolved.hint })
      return PLACEHOLDER
    }
    const bare = context.bareDollar ? /^\$([A-Z_][A-Z0-9_]*)$/.exec(text)?.[1] : undefined
    const done =
      bare === undefined
        ? text.replaceAll(FORM, (whole, escape: string, form: string) => (escape === '' ? answer(resolveForm(form, context, files)) : whole.slice(1)))
        : answer(resolveForm(bare, context, files))
    return failed && /url$/i.test(String(path.at(-1))) ? PLACEHOLDER_URL : done
  }

  const walk = (node: JsonValue, path: ConfigPath): JsonValue => {
    if (typeof node === 'string') return node.includes('$') ? complete(node, path) : node
    if (Array.isArray(node)) return (node as readonly JsonValue[]).map((item, index) => walk(item, [...path, index]))
    if (!isJsonObject(node)) return node
    return Object.fromEntries(Object.entries(node).map(([key, member]) => [key, walk(member ?? null, [...path, key])]))
  }

  return { value: walk(value, []), unresolved, files }
}
