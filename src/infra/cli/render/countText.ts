/** A number and its noun: `1 target`, `3 targets`, `2 deckies`. */
export const countText = (count: number, noun: string, plural = `${noun}s`): string =>
  `${count} ${count === 1 ? noun : plural}`
