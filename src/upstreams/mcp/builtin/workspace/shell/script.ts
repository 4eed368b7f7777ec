/** One word of a command, with what quotes hid from the shell already taken off. */
export interface ShellWord {
  readonly text: string
  /** Part of it is known only when it runs: `$x`, `$(…)`. */
  readonly isDynamic: boolean
  /** It holds `*`, `?` or `[` that the shell replaces by names of files. */
  readonly hasGlob: boolean
  /** It holds a `~` that the shell replaces by a home folder. */
  readonly hasTilde: boolean
}

export interface SimpleCommand {
  readonly assignments: readonly { readonly name: string; readonly value: ShellWord }[]
  readonly words: readonly ShellWord[]
  /** Where output goes and input comes from; not here-documents. */
  readonly redirects: readonly ShellWord[]
}

/** A script that this parser does not understand as a whole. What it is cannot be judged then. */
export class UnparsableScriptError extends Error {
  override readonly name = 'UnparsableScriptError'
}
