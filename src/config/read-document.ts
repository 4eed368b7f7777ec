import { readFileSync, statSync } from 'node:fs'
import { extname } from 'node:path'
import { ConfigError } from './config-error.ts'
import { parseJsoncDocument } from './parse-jsonc.ts'
import { parseTomlDocument } from './parse-toml.ts'
import { parseYamlDocument } from './parse-yaml.ts'
import type { ParsedDocument } from './parsed-document.ts'

const LARGEST_BYTES = 16 * 1024 * 1024

const UNREADABLE: Readonly<Record<string, string>> = {
  ENOENT: 'The file does not exist.',
  EISDIR: 'This is a folder, not a file.',
  EACCES: 'The file may not be read by this user.',
}

function refuse(file: string, message: string, cause?: unknown): ConfigError {
  return new ConfigError([{ file, line: 0, column: 0, message }], { cause })
}

function readText(file: string): string {
  try {
    if (statSync(file).size > LARGEST_BYTES) throw refuse(file, 'Expected a configuration of at most 16 MB.')
    return readFileSync(file, 'utf8').replace(/^\uFEFF/, '')
  } catch (error) {
    if (error instanceof ConfigError) throw error
    const code = (error as NodeJS.ErrnoException).code ?? 'unknown'
    throw refuse(file, UNREADABLE[code] ?? `The file cannot be read (${code}).`, error)
  }
}

/** By the file’s extension; by its first character where that says nothing. Throws `ConfigError` with every syntax error. */
export function readDocument(file: string): ParsedDocument {
  const text = readText(file)
  const extension = extname(file).toLowerCase()
  const isJson = /^\.json[c5]?$/.test(extension) || (!/^\.ya?ml$/.test(extension) && text.trimStart().startsWith('{'))
  const parse = extension === '.toml' ? parseTomlDocument : isJson ? parseJsoncDocument : parseYamlDocument
  const parsed = parse(file, text)
  if (parsed.issues.length > 0) throw new ConfigError(parsed.issues)
  return parsed
}
