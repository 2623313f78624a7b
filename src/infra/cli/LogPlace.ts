/** Which log is meant: the one in a data directory. */
export interface LogPlace {
  readonly kind: "embedded"
  readonly directory: string
}
