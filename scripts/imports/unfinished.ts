/** Directions not yet kept while the use cases move out of the command line. To be emptied. */
export const toleratedDirections: ReadonlySet<string> = new Set([])

/** Circles of the same kind. To become 0. */
export const toleratedCircles = 0
