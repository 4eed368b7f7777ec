const LATEST = 3

/** `gemini-2.5-pro` is of generation 2.5, what names none is of the latest, and what is no Gemini of none. */
export function generationOf(model: string): number {
  if (/^(?:gemma|learnlm)/.test(model)) return 0
  const found = /gemini-(\d+(?:\.\d+)?)/.exec(model)?.[1]
  return found === undefined ? LATEST : Number(found)
}

/** Thoughts are sealed, and calls without their seal refused. */
export const sealsCalls = (model: string): boolean => generationOf(model) >= LATEST
