const hash = (text: string, seed: number): string => {
  let value = 0x811c9dc5 ^ seed
  for (let at = 0; at < text.length; at++) value = Math.imul(value ^ text.charCodeAt(at), 0x01000193)
  return (value >>> 0).toString(36)
}

/**
 * An id that another dialect accepts: itself where it can, else one that is always the same for the same id, so that a
 * call and its result meet again in every later request.
 */
export function fitId(id: string, maxLength: number): string {
  if (id.length > 0 && id.length <= maxLength && /^[\w-]+$/.test(id)) return id
  const digest = [0, 0x9e3779b9, 0x85ebca6b, 0xc2b2ae35].map((seed) => hash(`${id.length}/${id}`, seed)).join('')
  const stem = id.replaceAll(/[^\w-]/g, '_').slice(0, Math.max(0, maxLength - digest.length - 1))
  return `${stem}_${digest}`.slice(-maxLength)
}

/** An id of exactly so many letters and digits: itself where it is one, else one that is always the same for the same id. */
export function fitAlphanumeric(id: string, length: number): string {
  if (id.length === length && /^[a-zA-Z0-9]+$/.test(id)) return id
  return [0, 0x9e3779b9].map((seed) => hash(`${id.length}/${id}`, seed).padStart(7, '0')).join('').padEnd(length, '0').slice(0, length)
}
