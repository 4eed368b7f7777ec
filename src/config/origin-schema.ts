import { z } from 'zod'

const answer = z.union([z.string(), z.boolean(), z.array(z.string())])

/**
 * Where a server came from that was installed at run time. Only the overlay has it, and with it an entry that the document
 * need not have.
 */
export const originSchema = z.strictObject({
  installedAt: z.iso.datetime(),
  registry: z.string().optional(),
  name: z.string().optional(),
  version: z.string().optional(),
  /** Which of the entry’s ways was taken: `npm`, `pypi`, `oci` or `remote`. */
  package: z.string().optional(),
  /** What the entry asked for, as it was answered. */
  inputs: z.record(z.string(), answer).optional(),
})
