/** Names on one line, and how many more there are: `ftp, ssh and 3 more`. */
export const namesText = (names: ReadonlyArray<string>, count: number): string => {
  const shown = names.slice(0, namesShown)
  const more = count - shown.length
  return more > 0 ? `${shown.join(", ")} and ${more} more` : shown.join(", ")
}

const namesShown = 4
