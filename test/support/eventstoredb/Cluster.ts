import type { Faults } from "./Faults.ts"
import type { PersistentGroup } from "./PersistentGroup.ts"
import type { Endpoint } from "./Refusal.ts"
import type { ServerSettings } from "./ServerSettings.ts"
import type { Subscriptions } from "./Subscriptions.ts"
import type { Traffic } from "./Traffic.ts"
import type { TransactionLog } from "./TransactionLog.ts"

/** What the nodes share, and what each needs to answer a call. */
export interface Cluster {
  readonly log: TransactionLog
  readonly faults: Faults
  readonly traffic: Traffic
  readonly settings: ServerSettings
  readonly subscriptions: Subscriptions
  /** The persistent subscriptions, by stream and group. */
  readonly groups: Map<string, PersistentGroup>
  /** The index of the node that leads; `undefined` while one is being elected. */
  readonly leader: () => number | undefined
  readonly members: () => ReadonlyArray<Member>
}

/** A node as gossip tells of it. */
export interface Member {
  readonly id: string
  readonly endpoint: Endpoint
  readonly alive: boolean
}

/** One node's view. */
export interface NodeContext {
  readonly cluster: Cluster
  readonly index: number
  /** Breaks the connection that a call came over; `peer` is as the call gives it. */
  readonly cutCall: (peer: string) => void
}
