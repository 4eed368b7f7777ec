export interface ChatScenario {
  readonly name: string
  readonly body: Buffer
  readonly connections: number
  readonly requests: number
  /** Chunks in one answer; 1 when it is whole. */
  readonly chunks: number
}

/** What agents send: prose and code, a quoted word and a line end every hundred characters or so. */
const LINE = 'The gateway forwards what it was given, byte for byte, and says "so" when it could not; more of it follows here.\n'

/** A conversation of about this many bytes. The model is first and `stream` last, as the bench upstream expects. */
function conversation(bytes: number, stream: boolean): Buffer {
  const messages: { role: string; content: string }[] = []
  for (let size = 0, n = 0; size < bytes; n++) {
    const content = `Message ${n}: ${LINE.repeat(Math.min(20, Math.ceil((bytes - size) / LINE.length)))}`
    messages.push({ role: n % 2 ? 'assistant' : 'user', content })
    size += JSON.stringify(messages.at(-1)).length + 1
  }
  return Buffer.from(JSON.stringify({ model: 'bench/bench', messages, stream }))
}

export const CHAT_SCENARIOS: readonly ChatScenario[] = [
  { name: 'chat 2 KB', body: conversation(2_000, false), connections: 16, requests: 4000, chunks: 1 },
  { name: 'chat 100 KB', body: conversation(100_000, false), connections: 8, requests: 800, chunks: 1 },
  { name: 'chat 2 MB', body: conversation(2_000_000, false), connections: 2, requests: 60, chunks: 1 },
  { name: 'stream 200 chunks', body: conversation(2_000, true), connections: 40, requests: 120, chunks: 200 },
]
