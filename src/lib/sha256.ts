import { createHash } from 'node:crypto'

/** In hexadecimal digits: 64 of them, always the same for the same text. */
export const sha256 = (text: string): string => createHash('sha256').update(text).digest('hex')
