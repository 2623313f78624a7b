/** How wide output may be: as wide as the terminal, and as wide as it gets where there is none. */
export const terminalWidth = (): number | undefined =>
  process.stdout.isTTY ? process.stdout.columns : undefined
