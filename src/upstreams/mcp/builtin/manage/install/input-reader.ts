import type { RegistryInput } from '../registry/registry-entry.ts'
import { refuseText } from '../secret-texts.ts'

/** What a caller answers to an entry’s questions. `true` stands for a flag without a value, `false` for none. */
export type Answers = Readonly<Record<string, string | boolean | readonly string[]>>

/** A question of an entry that nobody has answered. */
export interface MissingInput {
  readonly input: string
  readonly description: string | undefined
  readonly isSecret: boolean
  readonly choices: readonly string[]
}

/** Reads answers to the questions of one entry and notes what is missing or wrong, so that all of it is said at once. */
export interface InputReader {
  readonly missing: readonly MissingInput[]
  readonly problems: readonly string[]
  /** Answers to questions that the entry asks. */
  readonly used: Answers
  /** The values of an input by the first of its names that is answered; undefined when there is none. `true` is a flag without one. */
  read(names: readonly [string, ...string[]], input: RegistryInput, isRepeated?: boolean): readonly (string | true)[] | undefined
  /** A text with `{name}` replaced by what is answered for that variable. */
  fill(text: string, variables: RegistryInput['variables'], encode?: (value: string) => string): string
  refuse(problem: string): void
}

const FORMATS: Readonly<Record<string, RegExp>> = { number: /^-?\d+(?:\.\d+)?$/, boolean: /^(?:true|false)$/ }

class Reader implements InputReader {
  readonly missing: MissingInput[] = []
  readonly problems: string[] = []
  readonly used: Record<string, Answers[string]> = {}
  readonly #answers: Answers
  readonly #allowed: readonly string[]

  constructor(answers: Answers, allowedVariables: readonly string[]) {
    this.#answers = answers
    this.#allowed = allowedVariables
  }

  refuse(problem: string): void {
    this.problems.push(problem)
  }

  #answerOf(names: readonly string[]): Answers[string] | undefined {
    for (const name of names) {
      const answer = Object.hasOwn(this.#answers, name) ? this.#answers[name] : undefined
      if (answer === undefined) continue
      this.used[name] = answer
      return answer
    }
    return undefined
  }

  #check(name: string, text: string, { choices, format, isSecret }: Pick<RegistryInput, 'choices' | 'format' | 'isSecret'>): string {
    const refused = refuseText({ place: `inputs.${name}`, name, text, isSecret }, this.#allowed)
    if (refused !== undefined) this.problems.push(refused)
    else if (choices.length > 0 && !choices.includes(text)) this.problems.push(`\`inputs.${name}\` is to be one of ${choices.map((choice) => JSON.stringify(choice)).join(', ')}.`)
    else if (FORMATS[format ?? '']?.test(text) === false) this.problems.push(`\`inputs.${name}\` is to be a ${format}.`)
    return text
  }

  #valuesOf(name: string, answer: Answers[string], input: RegistryInput, isRepeated: boolean): readonly (string | true)[] | undefined {
    if (answer === false) return undefined
    if (answer === true) return [input.format === 'boolean' ? 'true' : true]
    const texts = typeof answer === 'string' ? [answer] : answer
    if (!isRepeated && texts.length > 1) this.refuse(`\`inputs.${name}\` is to be one text.`)
    return texts.map((text) => this.#check(name, text, input))
  }

  read(names: readonly [string, ...string[]], input: RegistryInput, isRepeated = false): readonly (string | true)[] | undefined {
    const [name] = names
    if (input.value !== null && input.value !== undefined) return [this.fill(input.value, input.variables)]
    const answer = this.#answerOf(names)
    if (answer !== undefined) return this.#valuesOf(name, answer, input, isRepeated)
    if (input.default !== null && input.default !== undefined) return [this.fill(input.default, input.variables)]
    if (input.isRequired) this.#miss(name, input)
    return undefined
  }

  #miss(name: string, { description, isSecret, choices }: Pick<RegistryInput, 'description' | 'isSecret' | 'choices'>): void {
    if (!this.missing.some(({ input }) => input === name)) this.missing.push({ input: name, description: description ?? undefined, isSecret, choices })
  }

  fill(text: string, variables: RegistryInput['variables'], encode: (value: string) => string = (value) => value): string {
    const filled = text.replaceAll(/\$?\{([A-Za-z0-9_.-]+)\}/g, (whole, name: string) => {
      // A publisher has no business with variables of the gateway.
      if (whole.startsWith('$')) return this.#refuseForeign(whole)
      const variable = Object.hasOwn(variables, name) ? variables[name] : undefined
      if (!variable) return whole
      const answer = variable.value ?? this.#answerOf([name])
      if (typeof answer === 'string') return encode(answer === variable.value ? answer : this.#check(name, answer, variable))
      if (variable.default !== null && variable.default !== undefined) return encode(variable.default)
      this.#miss(name, variable)
      return ''
    })
    if (/\p{Cc}/u.test(filled)) this.refuse('The entry holds a control character in a fixed value.')
    return filled
  }

  #refuseForeign(reference: string): string {
    this.refuse(`The entry itself names the variable \`${reference}\`; only you may do that.`)
    return ''
  }
}

export function createInputReader(answers: Answers, allowedVariables: readonly string[]): InputReader {
  return new Reader(answers, allowedVariables)
}
