/** The forms of answer that a client can read. */
export interface Accepted {
  readonly json: boolean
  readonly stream: boolean
}

const ANYTHING: Accepted = { json: true, stream: true }

/** A client that names nothing takes everything: many scripts send no `Accept`, or `*\/*`. */
export function readAccepted(header: string | undefined): Accepted {
  if (header === undefined) return ANYTHING
  const types = header.split(',').map((part) => part.split(';', 1)[0]?.trim().toLowerCase() ?? '')
  if (types.includes('*/*')) return ANYTHING
  return {
    json: types.includes('application/json') || types.includes('application/*'),
    stream: types.includes('text/event-stream') || types.includes('text/*'),
  }
}
