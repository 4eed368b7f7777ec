import { describe, expect, it } from 'vitest'
import { readWords } from './read-words.ts'

describe('readWords', () => {
  it.each([
    ['create_issue', ['creat', 'issu']],
    ['listHTTPRoutes', ['list', 'http', 'rout']],
    ['get-file.v2', ['get', 'file', 'v2']],
    ['Über Straßen', ['uber', 'straßen']],
    ['', []],
  ])('%j is %j', (text, words) => {
    expect(readWords(text)).toEqual(words)
  })

  it.each([
    ['issues', 'issue'],
    ['repositories', 'repository'],
    ['branches', 'branch'],
    ['scheduling', 'schedule'],
    ['planned', 'plan'],
    ['people', 'person'],
    ['indexes', 'index'],
  ])('%s meets %s', (a, b) => {
    expect(readWords(a)).toEqual(readWords(b))
  })

  it.each(['status', 'address', 'news', 'sms', 'is'])('keeps %s as it is', (word) => {
    expect(readWords(word)).toEqual([word])
  })
})
