/** A canonical timestamp to the second, as people read it: `2031-02-03 04:05:06`, in UTC. */
export const timeText = (timestamp: string | null): string =>
  timestamp === null ? "never" : timestamp.slice(0, 19).replace("T", " ")
