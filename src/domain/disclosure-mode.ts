/**
 * How much of a catalog a client is shown at once. `full`: every tool. `lazy`: three tools that list, describe and call the
 * others. `search`: the same with a ranked search in the place of the list. `code`: a search, and a tool that runs scripts which call them.
 */
export const DISCLOSURE_MODES = ['full', 'lazy', 'search', 'code'] as const

export type DisclosureMode = (typeof DISCLOSURE_MODES)[number]
