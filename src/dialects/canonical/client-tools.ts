import { isJsonObject, type JsonObject, type JsonValue } from '../../lib/json.ts'
import type { NativeTool } from './request.ts'

/** What a tool that Anthropic’s models know by its type is for models that do not. The client runs it, as it runs any function. */
interface PublishedTool {
  readonly name: string
  readonly description: string
  readonly inputSchema: JsonObject
  /** Members of the tool that its description says. */
  readonly settings: readonly string[]
}

const text = (description: string): JsonObject => ({ type: 'string', description })
const pair = (description: string): JsonObject => ({ type: 'array', items: { type: 'integer' }, minItems: 2, maxItems: 2, description })
const object = (properties: Readonly<Record<string, JsonObject>>, required: readonly string[]): JsonObject => ({ type: 'object', properties, required: [...required] })
const choice = (values: readonly string[], description: string): JsonObject => ({ type: 'string', enum: [...values], description })

/** @see https://docs.anthropic.com/en/docs/agents-and-tools/tool-use/bash-tool */
const BASH: PublishedTool = {
  name: 'bash',
  description: 'Runs a command in a bash session that keeps its state between calls. Give either `command` or `restart`.',
  inputSchema: object({ command: text('The command to run.'), restart: { type: 'boolean', description: 'Set to true to restart the session.' } }, []),
  settings: [],
}

const PATH = text('Absolute path to a file or directory.')
const RANGE = pair('For `view`: the first and the last line to show, counted from 1; -1 as the last means the end of the file.')

/** @see https://docs.anthropic.com/en/docs/agents-and-tools/tool-use/text-editor-tool */
function textEditor(version: number): PublishedTool {
  const isFirst = version < 20250429
  const commands = ['view', 'create', 'str_replace', 'insert', ...(isFirst ? ['undo_edit'] : [])]
  const inserted = 'For `insert`: the text to insert after `insert_line`.'
  const inner = {
    command: choice(commands, 'What to do.'),
    path: PATH,
    file_text: text('For `create`: the content of the file.'),
    old_str: text('For `str_replace`: the text to replace; it must occur exactly once.'),
    new_str: text(`For \`str_replace\`: the text to put there.${version < 20250728 ? ` ${inserted}` : ''}`),
    insert_line: { type: 'integer', description: 'For `insert`: the number of the line after which to insert; 0 for the beginning of the file.' },
    ...(version < 20250728 ? {} : { insert_text: text(inserted) }),
    view_range: RANGE,
  }
  return { name: isFirst ? 'str_replace_editor' : 'str_replace_based_edit_tool', description: 'Views, creates and edits text files.', inputSchema: object(inner, ['command', 'path']), settings: ['max_characters'] }
}

/** @see https://docs.anthropic.com/en/docs/agents-and-tools/tool-use/memory-tool */
const MEMORY: PublishedTool = {
  name: 'memory',
  description: 'Keeps files below `/memories` from one conversation to the next. View the directory before you begin, and write down what you will need later.',
  inputSchema: object(
    {
      command: choice(['view', 'create', 'str_replace', 'insert', 'delete', 'rename'], 'What to do.'),
      path: text('Path below `/memories`; for every command but `rename`.'),
      file_text: text('For `create`: the content of the file.'),
      old_str: text('For `str_replace`: the text to replace; it must occur exactly once.'),
      new_str: text('For `str_replace`: the text to put there.'),
      insert_line: { type: 'integer', description: 'For `insert`: the number of the line after which to insert.' },
      insert_text: text('For `insert`: the text to insert.'),
      view_range: RANGE,
      old_path: text('For `rename`: the path as it is.'),
      new_path: text('For `rename`: the path as it shall be.'),
    },
    ['command'],
  ),
  settings: [],
}

const ACTIONS = ['key', 'type', 'mouse_move', 'left_click', 'left_click_drag', 'right_click', 'middle_click', 'double_click', 'screenshot', 'cursor_position']
const LATER_ACTIONS = ['left_mouse_down', 'left_mouse_up', 'scroll', 'hold_key', 'wait', 'triple_click']

/** @see https://docs.anthropic.com/en/docs/agents-and-tools/tool-use/computer-use-tool */
function computer(version: number, value: JsonObject): PublishedTool {
  const isFirst = version < 20250124
  const zooms = version >= 20251124 && value['enable_zoom'] === true
  const { display_width_px: width, display_height_px: height, display_number: display } = value
  const screen = `The screen is ${JSON.stringify(width)} × ${JSON.stringify(height)} pixels${typeof display === 'number' ? `, display ${display}` : ''}.`
  const inner = {
    action: choice([...ACTIONS, ...(isFirst ? [] : LATER_ACTIONS), ...(zooms ? ['zoom'] : [])], 'What to do.'),
    coordinate: pair('Where, as x from the left and y from the top of the screen, in pixels.'),
    text: text('What to type, or the keys to press, such as `ctrl+s`.'),
    ...(isFirst
      ? {}
      : {
          start_coordinate: pair('Where a drag begins.'),
          scroll_direction: choice(['up', 'down', 'left', 'right'], 'For `scroll`.'),
          scroll_amount: { type: 'integer', description: 'For `scroll`: how many clicks of the wheel.' },
          duration: { type: 'number', description: 'For `hold_key` and `wait`: seconds.' },
        }),
    ...(zooms ? { region: { type: 'array', items: { type: 'integer' }, minItems: 4, maxItems: 4, description: 'For `zoom`: x and y of two corners.' } } : {}),
  }
  const description = `Uses a computer by its mouse and keyboard, and takes screenshots to see what is on its screen. ${screen} Look at a screenshot after each step.`
  return { name: 'computer', description, inputSchema: object(inner, ['action']), settings: ['display_width_px', 'display_height_px', 'display_number', 'enable_zoom'] }
}

const READERS: Readonly<Record<string, (version: number, value: JsonObject) => PublishedTool>> = { bash: () => BASH, text_editor: textEditor, memory: () => MEMORY, computer }

/** Undefined for a tool that the client does not run itself. `bash_20250124` and its like say their version by their date. */
export function findClientTool({ type, value }: NativeTool): (PublishedTool & { readonly extras: JsonObject }) | undefined {
  const [, family = '', date] = /^([a-z_]+)_(\d{8})$/.exec(type) ?? []
  const read = Object.hasOwn(READERS, family) ? READERS[family] : undefined
  if (!read || !isJsonObject(value)) return undefined
  const tool = read(Number(date), value)
  const known = new Set(['type', 'name', ...tool.settings])
  const extras = Object.entries(value).filter((entry): entry is [string, JsonValue] => !known.has(entry[0]))
  return { ...tool, name: typeof value['name'] === 'string' ? value['name'] : tool.name, extras: Object.fromEntries(extras) }
}
