import { z } from 'zod'
import { EXPECTED, oneOf } from './schema-terms.ts'

const target = z
  .string({ error: `${EXPECTED}\`provider/model\`` })
  .regex(/^[^/]+\/.+$/, { error: `${EXPECTED}\`provider/model\`` })

const weight = z.number({ error: `${EXPECTED}a number above 0` }).positive({ error: `${EXPECTED}a number above 0` }).optional()

export type ForkEntry = { strategy: 'fallback' | 'weighted'; targets: WayEntry[] }
export type WayEntry = string | { model: string; weight?: number | undefined } | (ForkEntry & { weight?: number | undefined })

const ways = (): z.ZodType<WayEntry[], WayEntry[]> =>
  z.array(z.lazy(() => way), { error: `${EXPECTED}a list of targets` }).min(1, { error: `${EXPECTED}a list of at least one target` })

const strategy = oneOf(['fallback', 'weighted'])

const way: z.ZodType<WayEntry, WayEntry> = z.union([
  target,
  z.strictObject({ model: target, weight }),
  z.strictObject({ strategy, weight, targets: ways() }),
])

/** One member of `models`: `provider/model`, or a fork whose ways may fork again. */
export const routeEntrySchema: z.ZodType<string | ForkEntry, string | ForkEntry> = z.union([
  target,
  z.strictObject({ strategy, targets: ways() }),
])
