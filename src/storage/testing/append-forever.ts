import { writeSync } from 'node:fs'
import { openStorage } from '../storage.ts'

/** Appends rows until it is killed, and prints the id of each once the store has acknowledged it. */
const [directory = '', round = ''] = process.argv.slice(2)
const storage = await openStorage({ directory })
for (let n = 0; ; n += 10) {
  const batch = Array.from({ length: 10 }, async (_, offset) => {
    const attemptId = `${round}-${n + offset}`
    await storage.ledger.append({
      attemptId,
      exchangeId: 'e',
      requestId: 'r',
      principal: 'local',
      startedAt: new Date(),
      durationMs: 1,
      surface: 's',
      provider: 'p',
      model: 'm',
      publicModel: 'p/m',
      outcome: 'answered',
      status: 200,
      stream: false,
      usage: undefined,
      usageSource: 'none',
      costMicros: undefined,
    })
    writeSync(1, `${attemptId}\n`)
  })
  await Promise.all(batch)
}
