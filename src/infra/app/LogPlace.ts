import type { EventStoreSettings } from "../eventlog/eventstoredb/eventStoreSettings.ts"

/** Which log is meant: the one in a data directory, or the one on a server. */
export type LogPlace =
  | { readonly kind: "embedded"; readonly directory: string }
  | { readonly kind: "eventstore"; readonly settings: EventStoreSettings }
