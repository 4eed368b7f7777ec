export interface ChatScenario {
  readonly name: string
  readonly body: Buffer
  readonly connections: number
  readonly requests: number
  /** Chunks in one answer; 1 when it is whole. */
  readonly chunks: number
}

/** A conversation of about this many bytes. The model is first and `stream` last, as the bench upstream expects. */
function conversation(bytes: number, stream: boolean): Buffer {
  const messages: { role: string; content: string }[] = []
  for (let size = 0, n = 0; size < bytes; n++) {
    const content = `Message ${n}: ${'lorem "ipsum" dolor\n'.repeat(Math.min(40, Math.ceil((bytes - size) / 22)))}`
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
