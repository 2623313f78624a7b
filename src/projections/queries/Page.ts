/** Which part of a list is wanted: at most `limit` (1 to 1000), after the first `offset` (from 0). */
export interface Page {
  readonly limit: number
  readonly offset: number
}
