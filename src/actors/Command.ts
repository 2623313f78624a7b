/** What an operator may tell an actor. What its state has no use for is ignored. */
export type Command =
  | { readonly type: "pause" }
  | { readonly type: "resume" }
  | { readonly type: "stop" }
