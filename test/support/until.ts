import { setTimeout as sleep } from 'node:timers/promises'

/** Waits until something holds; rejects when it does not come to hold in time. The deadline is for what never comes: a slow machine may need most of it. */
export async function until(holds: () => boolean, what: string, deadlineMs = 60_000): Promise<void> {
  const deadline = Date.now() + deadlineMs
  while (!holds()) {
    if (Date.now() > deadline) throw new Error(`Waited ${deadlineMs} ms in vain until ${what}.`)
    await sleep(5)
  }
}
