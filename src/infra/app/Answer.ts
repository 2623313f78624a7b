/** The result of a use case, and what its reader should know about it, one sentence each. */
export interface Answer<A> {
  readonly answer: A
  readonly warnings: ReadonlyArray<string>
}
