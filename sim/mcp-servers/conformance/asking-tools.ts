import { asString } from './as-string.ts'
import type { JsonObject } from '../../../src/lib/json.ts'
import { isJsonObject } from '../../../src/lib/json.ts'
import { tool } from './content-tools.ts'
import { text, type FixtureContext, type FixtureTool } from './fixture-context.ts'

interface Question {
  readonly method: string
  readonly params: JsonObject
}

const elicit = (message: string, properties: JsonObject, required: readonly string[] = []): Question => ({
  method: 'elicitation/create',
  params: { message, requestedSchema: { type: 'object', properties, ...(required.length > 0 ? { required } : {}) } },
})

const sample = (prompt: string, maxTokens: number): Question => ({
  method: 'sampling/createMessage',
  params: { messages: [{ role: 'user', content: { type: 'text', text: prompt } }], maxTokens },
})

const ROOTS: Question = { method: 'roots/list', params: {} }

const elicitName = elicit('What is your name?', { name: { type: 'string' } }, ['name'])

const contentOf = (answer: JsonObject | undefined): JsonObject => (answer && isJsonObject(answer['content']) ? answer['content'] : {})

const field = (answer: JsonObject | undefined, key: string): string => {
  const value = contentOf(answer)[key]
  return typeof value === 'string' ? value : JSON.stringify(value ?? null)
}

const describe = (answer: JsonObject | undefined): string =>
  `Elicitation completed: action=${asString(answer?.['action'])}, content=${JSON.stringify(answer?.['content'] ?? {})}`

async function one({ ask }: FixtureContext, key: string, question: Question, state?: JsonObject): Promise<JsonObject | undefined> {
  return (await ask({ [key]: question }, state))[key]
}

const DEFAULTS = {
  name: { type: 'string', default: 'John Doe' },
  age: { type: 'integer', default: 30 },
  score: { type: 'number', default: 95.5 },
  status: { type: 'string', enum: ['active', 'inactive', 'pending'], default: 'active' },
  verified: { type: 'boolean', default: true },
}

const titled = [1, 2, 3].map((n) => ({ const: `value${n}`, title: `Option ${n}` }))

const ENUMS = {
  untitledSingle: { type: 'string', enum: ['option1', 'option2', 'option3'] },
  titledSingle: { type: 'string', oneOf: titled },
  legacyEnum: { type: 'string', enum: ['opt1', 'opt2', 'opt3'], enumNames: ['One', 'Two', 'Three'] },
  untitledMulti: { type: 'array', items: { type: 'string', enum: ['option1', 'option2', 'option3'] } },
  titledMulti: { type: 'array', items: { anyOf: titled } },
}

const NAME = 'test_input_required_result_'

/** Asks until the name is a string: bad data is asked for again. */
async function askName(context: FixtureContext): Promise<string> {
  for (let tries = 0; tries < 3; tries++) {
    const name = contentOf(await one(context, 'user_name', elicitName))['name']
    if (typeof name === 'string') return name
  }
  return 'nobody'
}

export const ASKING_TOOLS: readonly FixtureTool[] = [
  tool('test_sampling', 'Asks for a completion.', async (context) => {
    const answer = await one(context, 'sampling', sample(asString(context.arguments['prompt']), 100))
    return text(`LLM response: ${field(answer, 'text')}`)
  }, { prompt: { type: 'string' } }),
  tool('test_elicitation', 'Asks for a name and an address.', async (context) => {
    const question = elicit(asString(context.arguments['message']), { username: { type: 'string' }, email: { type: 'string' } }, ['username', 'email'])
    return text(`User response: ${describe(await one(context, 'elicitation', question))}`)
  }, { message: { type: 'string' } }),
  tool('test_elicitation_sep1034_defaults', 'Asks with defaults.', async (context) => text(describe(await one(context, 'defaults', elicit('Defaults', DEFAULTS))))),
  tool('test_elicitation_sep1330_enums', 'Asks with enums.', async (context) => text(describe(await one(context, 'enums', elicit('Enums', ENUMS))))),
  tool(`${NAME}elicitation`, 'Asks for a name.', async (context) => text(`Hello, ${await askName(context)}!`)),
  tool(`${NAME}sampling`, 'Asks a model.', async (context) => {
    const answer = await one(context, 'capital_question', sample('What is the capital of France?', 100))
    return text(`The model said: ${field(answer, 'text')}`)
  }),
  tool(`${NAME}list_roots`, 'Asks for roots.', async (context) => {
    const answer = await one(context, 'client_roots', ROOTS)
    return text(`The roots are: ${JSON.stringify(answer?.['roots'])}`)
  }),
  tool(`${NAME}request_state`, 'Keeps state.', async (context) => {
    await one(context, 'confirm', elicit('Confirm?', { ok: { type: 'boolean' } }, ['ok']), { step: 'confirm' })
    return text(context.modern && context.state?.['step'] !== 'confirm' ? 'state-missing' : 'state-ok')
  }),
  tool(`${NAME}multiple_inputs`, 'Asks three things at once.', async (context) => {
    const questions = { user_name: elicitName, greeting: sample('Generate a greeting', 50), client_roots: ROOTS }
    const answers = await context.ask(questions, { step: 'all' })
    return text(`${field(answers['greeting'], 'text')} ${field(answers['user_name'], 'name')} ${JSON.stringify(answers['client_roots']?.['roots'])}`)
  }),
  tool(`${NAME}multi_round`, 'Asks twice.', async (context) => {
    const step1 = elicit('Step 1: What is your name?', { name: { type: 'string' } }, ['name'])
    const step2 = elicit('Step 2: What is your favorite color?', { color: { type: 'string' } }, ['color'])
    const known = context.state?.['name']
    const name = typeof known === 'string' ? known : field(await one(context, 'step1', step1, { step: 1 }), 'name')
    const color = field(await one(context, 'step2', step2, { step: 2, name }), 'color')
    return text(`${name} likes ${color}.`)
  }),
  tool(`${NAME}tampered_state`, 'Checks its state.', async (context) => {
    await one(context, 'confirm', elicit('Confirm?', { ok: { type: 'boolean' } }, ['ok']), { step: 'confirm' })
    return text('The state is intact.')
  }),
  tool(`${NAME}capabilities`, 'Asks only for what the client can do.', async (context) => {
    const { capabilities } = context
    const questions = {
      ...(capabilities['sampling'] === undefined ? {} : { capital_question: sample('What is the capital of France?', 100) }),
      ...(capabilities['elicitation'] === undefined ? {} : { user_name: elicitName }),
    }
    if (Object.keys(questions).length === 0) return text('The client can do nothing.')
    return text(`Answered: ${Object.keys(await context.ask(questions)).join(', ')}`)
  }),
]

/** Also used by a prompt. */
export async function askForContext(context: FixtureContext): Promise<string> {
  const question = elicit('What context should the prompt use?', { context: { type: 'string' } }, ['context'])
  return field(await one(context, 'user_context', question), 'context')
}
