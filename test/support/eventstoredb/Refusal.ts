/** A node as others reach it. */
export interface Endpoint {
  readonly host: string
  readonly port: number
}

/** Why the server does not do what it was asked to. */
export type Refusal =
  | { readonly kind: "not-leader"; readonly leader: Endpoint }
  | { readonly kind: "no-leader" }
  | { readonly kind: "not-ready" }
  | { readonly kind: "too-busy" }
  | { readonly kind: "timeout"; readonly of: string }
  | { readonly kind: "unavailable" }
  | { readonly kind: "cancelled" }
  | { readonly kind: "internal" }
  | { readonly kind: "access-denied" }
  | { readonly kind: "unauthenticated" }
  | { readonly kind: "stream-deleted"; readonly stream: string }
  | { readonly kind: "append-too-large"; readonly limit: number }
  | { readonly kind: "event-too-large"; readonly limit: number }
  | { readonly kind: "group-exists" | "no-group"; readonly stream: string; readonly group: string }
  | { readonly kind: "bad-request"; readonly text: string }
  | {
      readonly kind: "wrong-version"
      readonly stream: string
      readonly expected: number
      readonly actual: number
    }
