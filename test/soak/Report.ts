/** What the service's side of a soak says of itself. */
export interface Report {
  readonly appended: number
  /** Events that were appended to streams of their own, many at once. */
  readonly crowded: number
  readonly delivered: number
  /** Of the heap, after a collection. */
  readonly megabytes: number
  /** Timers, sockets and what else keeps a process going. */
  readonly resources: number
  /** At the end: of the ids in the order of their appending, and in that of their delivery. */
  readonly digests?: readonly [appended: string, delivered: string]
}
