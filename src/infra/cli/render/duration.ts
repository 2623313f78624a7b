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
