/** What ids begin with that the gateway gave to calls without one. */
const MINTED = 'tlcall_'

export const isMinted = (callId: string): boolean => callId.startsWith(MINTED)

/** Pairs calls with their results where a client gives them no ids: the oldest open call of the name is meant. */
export interface CallNumbers {
  /** The id of a call; one is made where there is none. */
  open(name: string, id: string | undefined): string
  /** The id of the call that a result answers. */
  resolve(name: string, id: string | undefined): string
}

export function createCallNumbers(): CallNumbers {
  const calls: { readonly name: string; readonly id: string; isAnswered: boolean }[] = []
  return {
    open(name, id) {
      const call = { name, id: id === undefined || id === '' ? `${MINTED}${calls.length}` : id, isAnswered: false }
      calls.push(call)
      return call.id
    },
    resolve(name, id) {
      const isNameless = id === undefined || id === ''
      const open = calls.filter((call) => !call.isAnswered)
      const call = open.find((candidate) => candidate.id === id) ?? open.find((candidate) => candidate.name === name && (isMinted(candidate.id) || isNameless))
      if (call) call.isAnswered = true
      return call?.id ?? (isNameless ? `${MINTED}${name}` : id)
    },
  }
}
