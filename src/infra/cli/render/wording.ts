/** A number and its noun: `1 target`, `3 targets`, `2 deckies`. */
export const countText = (count: number, noun: string, plural = `${noun}s`): string =>
  `${count} ${count === 1 ? noun : plural}`

/** Names on one line, and how many more there are: `ftp, ssh and 3 more`. */
export const namesText = (names: ReadonlyArray<string>, count: number): string => {
  const shown = names.slice(0, namesShown)
  const more = count - shown.length
  return more > 0 ? `${shown.join(", ")} and ${more} more` : shown.join(", ")
}

const namesShown = 4

/** Which part of a list is shown: `26-50 of 312`. */
export const pageText = (offset: number, shown: number, total: number): string =>
  shown === 0 ? `none of ${total}` : `${offset + 1}-${offset + shown} of ${total}`

/** A canonical timestamp to the second, as people read it: `2031-02-03 04:05:06`, in UTC. */
export const timeText = (timestamp: string | null): string =>
  timestamp === null ? "never" : timestamp.slice(0, 19).replace("T", " ")

/** A span of time for people, from milliseconds: `0 s`, `950 ms`, `12.3 s`, `4 min 5 s`, `3 h 7 min`. */
export const duration = (millis: number): string => {
  if (millis <= 0) return "0 s"
  if (millis < 1000) return `${Math.round(millis)} ms`
  const seconds = millis / 1000
  if (seconds < 60) return `${seconds.toFixed(1)} s`
  const minutes = Math.floor(seconds / 60)
  if (minutes < 60) return `${minutes} min ${Math.floor(seconds % 60)} s`
  return `${Math.floor(minutes / 60)} h ${minutes % 60} min`
}
