/** Longer files are read and written by another thread, so that nobody waits for them. */
const SMALL_BYTES = 256 * 1024

export const isSmall = (bytes: number): boolean => bytes <= SMALL_BYTES
