import { describe, expect, it } from 'vitest'
import { parseInstructionsTemplate, type TemplateValues } from './instructions-template.ts'

const VALUES: TemplateValues = {
  servers: [{ name: 'a', title: 'A', tags: 'x, y', tools: 'one, two', instructions: 'Mind {{name}}.' }, { name: 'b', title: 'B', tags: '', tools: '', instructions: '' }],
  unavailable: [{ name: 'c', state: 'failed', reason: 'No such file.' }],
  whole: { servers: '# a\n\nMind.', unavailable: '# Not available' },
}

function fill(text: string): string {
  const parsed = parseInstructionsTemplate(text)
  if (parsed.kind === 'invalid') throw new Error(parsed.problem)
  return parsed.template.fill(VALUES)
}

describe('parseInstructionsTemplate', () => {
  it.each([
    ['plain', 'plain'],
    ['{{servers}}\n\n{{ unavailable }}', '# a\n\nMind.\n\n# Not available'],
    ['{{#each servers}}<{{name}}>{{tools}}</{{name}}>{{/each}}', '<a>one, two</a><b></b>'],
    ['{{#each unavailable}}{{name}} is {{state}}: {{reason}}{{/each}}', 'c is failed: No such file.'],
    ['{ {{#each servers}}{{title}} {{/each}}}', '{ A B }'],
  ])('fills %j', (text, expected) => {
    expect(fill(text)).toBe(expected)
  })

  it('takes values as text, whatever they look like', () => {
    expect(fill('{{#each servers}}{{instructions}}{{/each}}')).toBe('Mind {{name}}.')
  })

  it.each([
    ['{{name}}', /means nothing here/],
    ['{{#each servers}}{{reason}}{{/each}}', /`\{\{name\}\}`, /],
    ['{{#each servers}}', /has no `\{\{\/each\}\}`/],
    ['{{/each}}', /ends nothing/],
    ['{{#each tools}}{{/each}}', /means nothing here/],
    ['{{#each servers}}{{#each servers}}{{/each}}{{/each}}', /means nothing here/],
  ])('refuses %j', (text, problem) => {
    expect(parseInstructionsTemplate(text)).toMatchObject({ kind: 'invalid', problem: expect.stringMatching(problem) })
  })
})
