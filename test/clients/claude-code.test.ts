import { CLIENT_KEY, type Agent } from './support/agent-session.ts'
import { describeAgent } from './support/describe-agent.ts'
import { PROMPT } from './support/tool-task.ts'

const claudeCode: Agent = {
  name: '@anthropic-ai/claude-code',
  version: '2.1.329',
  program: `@anthropic-ai/claude-code-${process.platform}-${process.arch}/claude`,
  isScript: false,
  shellFor: () => ({ name: 'Bash', argumentsFor: (command) => JSON.stringify({ command, description: 'Say hi' }) }),
  model: 'claude-sonnet-5',
  returnsSealTo: ['anthropic', 'responses', 'gemini'],
  prepare: ({ origin, model }) => ({
    args: ['-p', PROMPT, '--output-format', 'json', '--model', model, '--allowedTools', 'Bash'],
    environment: {
      ANTHROPIC_BASE_URL: origin,
      ANTHROPIC_AUTH_TOKEN: CLIENT_KEY,
      ANTHROPIC_DEFAULT_HAIKU_MODEL: model,
      DISABLE_TELEMETRY: '1',
      DISABLE_ERROR_REPORTING: '1',
      DISABLE_AUTOUPDATER: '1',
      DISABLE_BUG_COMMAND: '1',
      CLAUDE_CODE_DISABLE_NONESSENTIAL_TRAFFIC: '1',
    },
  }),
}

describeAgent('Claude Code', claudeCode, { task: ['anthropic', 'chat', 'responses', 'gemini', 'ollama'], broken: ['anthropic', 'chat'], injected: ['anthropic', 'chat'], refused: ['anthropic'] })
