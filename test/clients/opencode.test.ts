import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { CLIENT_KEY, type Agent } from './support/agent-session.ts'
import { describeAgent } from './support/describe-agent.ts'
import { PROMPT } from './support/tool-task.ts'

/** `npm` names the SDK that opencode brings along, and so the dialect that it speaks to us. */
function opencode(npm: string, basePath: string, returnsSealTo: Agent['returnsSealTo']): Agent {
  return {
    name: 'opencode-ai',
    version: '1.18.33',
    // The build for processors of every age.
    program: `opencode-${process.platform}-${process.arch}${process.arch === 'x64' ? '-baseline' : ''}/bin/opencode`,
    isScript: false,
    shellFor: () => ({ name: 'bash', argumentsFor: (command) => JSON.stringify({ command, description: 'Say hi' }) }),
    model: 'trunkline-test',
    returnsSealTo,
    prepare({ origin, directory, model }) {
      const provider = { npm, name: 'Trunkline', options: { baseURL: `${origin}${basePath}`, apiKey: CLIENT_KEY }, models: { [model]: { name: model } } }
      const settings = { provider: { trunkline: provider }, small_model: `trunkline/${model}`, autoupdate: false, share: 'disabled' }
      writeFileSync(join(directory, 'opencode.json'), JSON.stringify(settings))
      return {
        args: ['run', '-m', `trunkline/${model}`, PROMPT],
        environment: { OPENCODE_DISABLE_AUTOUPDATE: '1', OPENCODE_DISABLE_MODELS_FETCH: '1', OPENCODE_DISABLE_LSP_DOWNLOAD: '1', OPENCODE_DISABLE_DEFAULT_PLUGINS: '1' },
      }
    },
  }
}

describeAgent('opencode over OpenAI Chat', opencode('@ai-sdk/openai-compatible', '/v1', []), { task: ['chat', 'anthropic'] })
describeAgent('opencode over Anthropic Messages', opencode('@ai-sdk/anthropic', '/v1', ['anthropic']), { task: ['anthropic', 'chat'] })
describeAgent('opencode over OpenAI Responses', opencode('@ai-sdk/openai', '/v1', ['anthropic']), { task: ['responses', 'anthropic'] })
describeAgent('opencode over Gemini', opencode('@ai-sdk/google', '/v1beta', ['gemini']), { task: ['gemini', 'chat'] })
