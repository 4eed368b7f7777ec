/**
 * Where the choices of random tests begin: always at the same place, so that the suite says the same of the same
 * sources twice. `TRUNKLINE_SEED` names another place; `random` a new one at every run, to look for more.
 */
export const SEED = readSeed(process.env['TRUNKLINE_SEED'])

function readSeed(given: string | undefined): number {
  if (given === 'random') return Date.now() % 1_000_000
  const seed = Number(given ?? 4747)
  if (!Number.isInteger(seed)) throw new Error(`Expected \`TRUNKLINE_SEED\` to be an integer or \`random\`, got ${JSON.stringify(given)}.`)
  return seed
}
