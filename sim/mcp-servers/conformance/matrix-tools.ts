import type { JsonObject } from '../../../src/lib/json.ts'
import { tool } from './content-tools.ts'
import { text, type FixtureTool } from './fixture-context.ts'

/** How often something reached this process that no answer shows. */
export const counts = { cancelled: 0, noted: 0 }

const ICONS = [{ src: 'data:image/png;base64,iVBORw0KGgo=', mimeType: 'image/png', sizes: ['48x48'] }]

const ask = (method: string, params: JsonObject): FixtureTool['run'] => async (context) => {
  const answers = await context.ask({ question: { method, params } })
  return text(JSON.stringify(answers['question']))
}

export const UI_URI = 'ui://matrix/app'

export const UI_RESOURCE = { uri: UI_URI, name: 'App', description: 'The page of a tool.', mimeType: 'text/html;profile=mcp-app', _meta: { ui: { csp: { connectDomains: ['https://example.com'] } } } }

/** What the conformance suite does not ask for and the era matrix does. */
export const MATRIX_TOOLS: readonly FixtureTool[] = [
  tool('matrix_structured', 'Returns structured content.', () => ({ ...text('{"n":1}'), structuredContent: { n: 1 }, _meta: { 'com.example/trace': 'kept' } }), {}, {
    title: 'Structured',
    icons: ICONS,
    annotations: { readOnlyHint: true, title: 'Annotated' },
    outputSchema: { type: 'object', properties: { n: { type: 'integer' } }, required: ['n'] },
    _meta: { 'com.example/listed': { deep: [1] } },
  }),
  tool('matrix_ui', 'Has a page.', () => text('shown'), {}, { _meta: { ui: { resourceUri: UI_URI, visibility: ['model', 'app'] }, 'ui/resourceUri': UI_URI } }),
  tool('matrix_meta', 'Returns the meta data of its call.', ({ meta }) => text(JSON.stringify(meta))),
  tool('matrix_wait', 'Waits until it is cancelled.', (context) => new Promise((resolve) => {
    context.progress(1, 2)
    context.signal.addEventListener('abort', () => {
      counts.cancelled++
      resolve(text('cancelled'))
    }, { once: true })
  })),
  tool('matrix_counts', 'What reached the server.', () => text(JSON.stringify(counts))),
  tool('matrix_touch', 'Changes a resource.', (context) => {
    context.touch('test://watched-resource')
    return text('touched')
  }),
  tool('matrix_sampling', 'Asks a model.', ask('sampling/createMessage', { messages: [{ role: 'user', content: { type: 'text', text: 'Say it.' } }], maxTokens: 7 })),
  tool('matrix_form', 'Asks for a form.', ask('elicitation/create', { mode: 'form', message: 'Fill in.', requestedSchema: { type: 'object', properties: { name: { type: 'string' } } } })),
  tool('matrix_url', 'Sends to an address.', (context) =>
    ask('elicitation/create', { mode: 'url', message: 'Go there.', url: 'https://example.com/connect', ...(context.modern ? {} : { elicitationId: 'e1' }) })(context)),
  tool('matrix_roots', 'Asks for roots.', ask('roots/list', {})),
]
