/** Cuts a stream of bytes into the `data` of its events; comments and empty events are left out. */
export function createParser(onData: (data: string) => void): { push(chunk: Uint8Array): void } {
  const decoder = new TextDecoder()
  let held = ''
  return {
    push(chunk) {
      held += decoder.decode(chunk, { stream: true })
      for (let end = held.indexOf('\n\n'); end >= 0; end = held.indexOf('\n\n')) {
        const data = held.slice(0, end).split('\n').filter((line) => line.startsWith('data:')).map((line) => line.slice(5).trimStart())
        held = held.slice(end + 2)
        if (data.join('') !== '') onData(data.join('\n'))
      }
    },
  }
}
