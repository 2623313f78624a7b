import { randomUUID } from "node:crypto"
import streams from "@eventstore/db-client/generated/streams_pb.js"
import type { NodeContext } from "./Cluster.ts"
import type { EventFilter } from "./eventFilter.ts"
import type { LogRecord } from "./LogRecord.ts"
import type { ReadCall } from "./ReadCall.ts"
import { readEvent } from "./readEvent.ts"

/** What is followed: the records of the whole log or of one stream, as they are at the moment. */
export interface Followed {
  readonly records: () => ReadonlyArray<LogRecord>
  /** The index of the first that has not been looked at. */
  readonly from: number
  readonly filter: EventFilter
}

/** How many live events may wait for a consumer that does not take them. */
const liveChannel = 32

/**
 * A catch-up subscription: the confirmation, the history, the news that there is no more of it, and
 * what comes then. A filter tells how far it is each time it has looked at so many events.
 */
export const subscribe = async (
  { cluster }: NodeContext,
  call: ReadCall,
  followed: Followed,
): Promise<void> => {
  const { faults, log, settings } = cluster
  const forget = cluster.subscriptions.add(call)
  const { checkpointEvery, wants } = followed.filter
  let next = followed.from
  let looked = 0
  let live = false
  let saidCaughtUp = false
  let wake = (): void => {}

  const stop = log.onWritten(() => {
    const waiting = followed.records().length - next
    if (live && call.blocked && waiting > liveChannel) {
      if (settings.version === "24.10") live = false
      else {
        call.refuse({
          kind: "timeout",
          of: "Consumer too slow to handle event while live. Client resubscription required.",
        })
      }
    }
    wake()
  })
  const checkpoint = async (at: LogRecord): Promise<void> => {
    const ahead = faults.earlyCheckpoints ? followed.records().slice(next).find(wants) : undefined
    if (ahead !== undefined) faults.earlyCheckpointsSent++
    const message = new streams.ReadResp.Checkpoint()
      .setCommitPosition(String((ahead ?? at).commit))
      .setPreparePosition(String(at.prepare))
    await call.send(new streams.ReadResp().setCheckpoint(message))
  }
  const sendUntilEnd = async (): Promise<void> => {
    for (
      let record = followed.records()[next];
      record !== undefined && !call.ended;
      record = followed.records()[next]
    ) {
      next++
      if (wants(record)) await call.send(readEvent(record))
      if (checkpointEvery !== undefined && ++looked % checkpointEvery === 0)
        await checkpoint(record)
    }
  }

  const confirmation = new streams.ReadResp.SubscriptionConfirmation().setSubscriptionId(
    randomUUID(),
  )
  await call.send(new streams.ReadResp().setConfirmation(confirmation))
  while (!call.ended) {
    await sendUntilEnd()
    if (!live) {
      live = true
      const says = settings.version === "24.10" || (settings.version === "23.10" && !saidCaughtUp)
      if (says) await call.send(new streams.ReadResp().setCaughtUp(new streams.ReadResp.CaughtUp()))
      saidCaughtUp = true
    }
    if (followed.records().length > next) continue
    const written = new Promise<void>((resolve) => {
      wake = resolve
    })
    await Promise.race([written, call.over])
  }
  stop()
  forget()
}
