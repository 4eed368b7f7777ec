import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { CLIENT_KEY, type Agent } from './support/agent-session.ts'
import { describeAgent } from './support/describe-agent.ts'
import { PROMPT } from './support/tool-task.ts'

const SETTINGS = { security: { auth: { selectedType: 'gemini-api-key' } }, privacy: { usageStatisticsEnabled: false } }

function geminiCli(settings: Pick<Agent, 'model' | 'otherModels' | 'aside'>): Agent {
  return {
    ...settings,
    name: '@google/gemini-cli',
    version: '0.61.0',
    program: '@google/gemini-cli/bundle/gemini.js',
    isScript: true,
    shellFor: () => ({ name: 'run_shell_command', argumentsFor: (command) => JSON.stringify({ command, description: 'Say hi' }) }),
    // It leaves thoughts out of its history: what comes back is what sits on calls and texts. A Chat provider has no seal.
    returnsSealTo: ['gemini', 'anthropic'],
    prepare({ origin, directory, model }) {
      mkdirSync(join(directory, '.gemini'))
      writeFileSync(join(directory, '.gemini', 'settings.json'), JSON.stringify(SETTINGS))
      return {
        args: ['-p', PROMPT, ...(settings.aside === undefined ? ['-m', model] : []), '--yolo', '--output-format', 'json'],
        environment: { GEMINI_API_KEY: CLIENT_KEY, GOOGLE_GEMINI_BASE_URL: origin, GEMINI_CLI_TRUST_WORKSPACE: 'true' },
      }
    },
  }
}

/** Without a model it first asks a small one which to take, and insists on an answer in JSON. */
const choosing = { model: 'gemini-3.8-flash', otherModels: ['gemini-3.5-flash-lite'], aside: '{"complexity_reasoning":"It is one command.","complexity_score":10}' }

describeAgent('Gemini CLI', geminiCli({ model: 'gemini-2.5-pro' }), { task: ['gemini', 'chat', 'anthropic'], injected: ['gemini'] })
describeAgent('LT-P11 Gemini CLI that chooses a model', geminiCli(choosing), { task: ['gemini', 'chat'] })
