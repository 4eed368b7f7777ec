import { createServer, connect, type AddressInfo, type Socket } from 'node:net'

/** A fixed address before a gateway that moves: connections can be cut, and led to another port. */
export interface CutProxy extends AsyncDisposable {
  readonly port: number
  lead(port: number): void
  cut(): void
}

export async function startCutProxy(): Promise<CutProxy> {
  const sockets = new Set<Socket>()
  let target: number | undefined
  const server = createServer((near) => {
    if (target === undefined) return void near.destroy()
    const far = connect(target, '127.0.0.1')
    const pair = [near, far]
    for (const socket of pair) {
      sockets.add(socket)
      socket.on('error', () => undefined)
      socket.on('close', () => {
        sockets.delete(socket)
        for (const each of pair) each.destroy()
      })
    }
    near.pipe(far).pipe(near)
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const cut = (): void => {
    for (const socket of sockets) socket.destroy()
  }
  return {
    port: (server.address() as AddressInfo).port,
    lead: (port) => void (target = port),
    cut,
    async [Symbol.asyncDispose]() {
      cut()
      await new Promise((resolve) => server.close(resolve))
    },
  }
}
