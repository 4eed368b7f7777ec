import { isJsonObject, type JsonObject } from '../../../src/lib/json.ts'
import { answerRequest, legacyListener, listen, takeAnswer, takeNotification } from './converse.ts'
import type { ConformanceFixture, Id } from './fixture.ts'

/** One client on stdin and stdout, in both eras. */
export function serveFixtureStdio(fixture: ConformanceFixture): void {
  const session = fixture.createSession()
  const closers = new Map<Id, () => void>()
  const send = (message: JsonObject): void => void process.stdout.write(`${JSON.stringify(message)}\n`)

  async function receive(line: string): Promise<void> {
    const message: unknown = JSON.parse(line)
    if (!isJsonObject(message) || takeAnswer(session, message)) return
    const params = isJsonObject(message['params']) ? message['params'] : {}
    if (message['id'] === undefined) takeNotification(session, message)
    if (message['method'] === 'notifications/cancelled') closers.get(params['requestId'] as Id)?.()
    const id = message['id'] as Id | undefined
    if (id === undefined) return
    if (message['method'] === 'subscriptions/listen') closers.set(id, listen(fixture, id, params, send))
    else send(await answerRequest(fixture, session, message, send))
    if (message['method'] === 'initialize') fixture.listeners.add(legacyListener(session, send))
  }

  let held = ''
  process.stdin.setEncoding('utf8')
  process.stdin.on('data', (chunk: string) => {
    const lines = (held + chunk).split('\n')
    held = lines.pop() ?? ''
    for (const line of lines) if (line.trim() !== '') void receive(line)
  })
}
