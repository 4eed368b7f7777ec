import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { CLIENT_KEY, type Agent } from './support/agent-session.ts'
import { describeAgent } from './support/describe-agent.ts'
import { PROMPT } from './support/tool-task.ts'

/** Features that are off would look for other hosts. */
const QUIET = `
approval_policy = "never"
sandbox_mode = "danger-full-access"
check_for_update_on_startup = false

[analytics]
enabled = false

[features]
plugins = false
apps = false
remote_plugin = false
plugin_sharing = false
`

const PROVIDER = (origin: string): string => `
[model_providers.trunkline]
name = "Trunkline"
base_url = "${origin}/v1"
env_key = "TRUNKLINE_KEY"
wire_api = "responses"
`

/** For models that it does not know. */
const execCommand: Agent['shellFor'] = () => ({ name: 'exec_command', argumentsFor: (command) => JSON.stringify({ cmd: command }) })

const javascriptFor = (command: string): string => `text(await tools.exec_command(${JSON.stringify({ cmd: command })}))`

/** For models that it knows, its tools are in an input item, and all commands go through one custom tool in a namespace, as JavaScript. */
const execScript: Agent['shellFor'] = (provider) =>
  provider === 'responses'
    ? { name: 'exec', namespace: 'functions', custom: true, argumentsFor: javascriptFor }
    : { name: 'functions__exec', argumentsFor: (command) => JSON.stringify({ input: javascriptFor(command) }) }

interface CodexSettings {
  readonly configFor: (origin: string) => string
  /** The environment variable that has the key. */
  readonly key: string
  readonly model: string
  readonly shellFor: Agent['shellFor']
}

function codex({ configFor, key, ...agent }: CodexSettings): Agent {
  return {
    ...agent,
    name: '@openai/codex',
    version: '0.169.0',
    program: '@openai/codex/bin/codex.js',
    isScript: true,
    returnsSealTo: ['responses', 'anthropic'],
    prepare({ origin, directory, model }) {
      const codexHome = join(directory, 'codex')
      mkdirSync(codexHome)
      writeFileSync(join(codexHome, 'config.toml'), `model = "${model}"\n${configFor(origin)}`)
      return { args: ['exec', '--skip-git-repo-check', PROMPT], environment: { CODEX_HOME: codexHome, [key]: CLIENT_KEY } }
    },
  }
}

const asProvider = { configFor: (origin: string) => `model_provider = "trunkline"${QUIET}${PROVIDER(origin)}`, key: 'TRUNKLINE_KEY' }
const asOpenai = { configFor: (origin: string) => `openai_base_url = "${origin}/v1"${QUIET}`, key: 'CODEX_API_KEY' }
const unknown = { model: 'trunkline-test', shellFor: execCommand }
const known = { model: 'gpt-5.6-sol', shellFor: execScript }

describeAgent('Codex', codex({ ...asProvider, ...unknown }), { task: ['responses', 'chat', 'anthropic'], broken: ['responses', 'anthropic'], injected: ['responses', 'chat'] })
describeAgent('LT-K01 LT-K02 Codex with a model that it knows', codex({ ...asProvider, ...known }), { task: ['responses', 'anthropic'] })
describeAgent('LT-P09 Codex that would rather have a WebSocket', codex({ ...asOpenai, ...unknown }), { task: ['responses'] })
