import { asString } from './as-string.ts'
import type { JsonObject } from '../../../src/lib/json.ts'
import { askForContext } from './asking-tools.ts'
import { PNG } from './content-tools.ts'
import type { FixtureContext } from './fixture-context.ts'
import { FixtureError } from './fixture-error.ts'
import { UI_RESOURCE, UI_URI } from './matrix-tools.ts'

const user = (content: JsonObject): JsonObject => ({ role: 'user', content })
const says = (value: string): JsonObject => user({ type: 'text', text: value })
const argument = (name: string): JsonObject => ({ name, description: `The argument ${name}.`, required: true })

interface FixturePrompt {
  readonly listed: JsonObject
  messages(context: FixtureContext): readonly JsonObject[] | Promise<readonly JsonObject[]>
}

export const PROMPTS: readonly FixturePrompt[] = [
  { listed: { name: 'test_simple_prompt', description: 'One message.' }, messages: () => [says('This is a simple prompt for testing.')] },
  {
    listed: { name: 'test_prompt_with_arguments', description: 'Two arguments.', arguments: [argument('arg1'), argument('arg2')] },
    messages: ({ arguments: given }) => [says(`Prompt with arguments: arg1='${asString(given['arg1'])}', arg2='${asString(given['arg2'])}'`)],
  },
  {
    listed: { name: 'test_prompt_with_embedded_resource', description: 'Embeds a resource.', arguments: [argument('resourceUri')] },
    messages: ({ arguments: given }) => [
      user({ type: 'resource', resource: { uri: asString(given['resourceUri']), mimeType: 'text/plain', text: 'Embedded resource content for testing.' } }),
      says('Please process the embedded resource above.'),
    ],
  },
  {
    listed: { name: 'test_prompt_with_image', description: 'Holds an image.' },
    messages: () => [user({ type: 'image', data: PNG, mimeType: 'image/png' }), says('Please analyze the image above.')],
  },
  {
    listed: { name: 'test_input_required_result_prompt', description: 'Asks first.' },
    messages: async (context) => [says(`The context is ${await askForContext(context)}.`)],
  },
]

export const RESOURCES: readonly JsonObject[] = [
  { uri: 'test://static-text', name: 'static-text', description: 'A text.', mimeType: 'text/plain' },
  { uri: 'test://static-binary', name: 'static-binary', description: 'An image.', mimeType: 'image/png' },
  { uri: 'test://watched-resource', name: 'watched-resource', description: 'Changes.', mimeType: 'text/plain' },
  UI_RESOURCE,
]

export const TEMPLATES: readonly JsonObject[] = [
  { uriTemplate: 'test://template/{id}/data', name: 'template', description: 'By id.', mimeType: 'application/json' },
]

function contentsOf(uri: string): JsonObject | undefined {
  switch (uri) {
    case 'test://static-text':
      return { uri, mimeType: 'text/plain', text: 'This is the content of the static text resource.' }
    case 'test://static-binary':
      return { uri, mimeType: 'image/png', blob: PNG }
    case 'test://watched-resource':
      return { uri, mimeType: 'text/plain', text: 'Watched.' }
    case UI_URI:
      return { uri, mimeType: UI_RESOURCE.mimeType, text: '<p>app</p>', _meta: UI_RESOURCE._meta }
    default: {
      const id = /^test:\/\/template\/([^/]+)\/data$/.exec(uri)?.[1]
      return id === undefined ? undefined : { uri, mimeType: 'application/json', text: JSON.stringify({ id, templateTest: true, data: `Data for ID: ${id}` }) }
    }
  }
}

export function readResource(uri: string, modern: boolean): JsonObject {
  const contents = contentsOf(uri)
  if (!contents) throw new FixtureError(modern ? -32602 : -32002, `Resource not found: ${uri}`, { uri })
  return { contents: [contents] }
}
